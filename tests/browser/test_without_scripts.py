"""What can be read, and done, where no script runs."""

import pytest
from playwright.async_api import expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from rushes.web.pages.admin.access import TABS
from tests.browser.browsing import Visitor
from tests.browser.shown import make_shown_job, store_files
from tests.web.kept import make_group
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = {
    "/jobs": "A fox",
    "/jobs/{id}": "A fox",
    "/create": "Title or prompt",
    "/create?from={id}&as=remix": "A fox",
    "/library": "A fox",
    "/workspace": "Three hens",
    "/settings/profile": "Email",
    "/settings/keys": "No key yet.",
    "/settings/sessions": "This session",
    "/settings/webhooks": "No webhook yet.",
    "/settings/credits": "credits",
}
"""Where one goes, and what has to stand there."""

ADMIN_PAGES = tuple(tab.path for tab in TABS)


async def test_every_page_is_readable_without_a_script(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada, prompt="A fox")
    group = await make_group(owner, ada, prompt="Three hens")
    await store_files(owner, storage, group[0])
    missing: list[str] = []

    async with visitor.page(ada, java_script_enabled=False) as page:
        for path, words in PAGES.items():
            answer = await page.goto(path.format(id=job.id))
            seen = await page.locator("main").inner_text()
            values = " ".join(
                [await each.input_value() for each in await page.locator("main input, main textarea").all()]
            )
            if answer is None or not answer.ok or words not in f"{seen} {values}":
                missing.append(f"{path}: {words}")

    assert missing == []


async def test_the_way_from_a_card_to_its_film_works_without_a_script(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada, prompt="A fox")

    async with visitor.page(ada, java_script_enabled=False) as page:
        await page.goto("/jobs")
        await page.get_by_role("article", name="A fox").get_by_role("link", name="Details").click()
        await expect(page.get_by_role("heading", name="A fox")).to_be_visible()
        await page.go_back()
        await page.locator(".tile.output a").click()

        await expect(page.locator("video")).to_be_visible()


async def test_a_job_is_deleted_after_a_question_without_a_script(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada, prompt="A fox")

    async with visitor.page(ada, java_script_enabled=False) as page:
        await page.goto("/jobs")
        await page.get_by_role("link", name="Delete", exact=True).click()
        await page.get_by_role("button", name="Delete job").click()

        await expect(page.get_by_role("article")).to_have_count(0)


async def test_the_pages_of_an_operator_are_readable_without_a_script(
    visitor: Visitor, admin: Person
) -> None:
    found: dict[str, tuple[int, bool]] = {}

    async with visitor.page(admin, java_script_enabled=False) as page:
        for path in ADMIN_PAGES:
            answer = await page.goto(path)
            headings = await page.locator("main h1, main h2").count()
            found[path] = (answer.status if answer else 0, headings > 0)

    assert found == dict.fromkeys(ADMIN_PAGES, (200, True))


async def test_a_shared_film_is_seen_without_a_script(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada, prompt="A fox")
    link = (await ada.post(f"/jobs/{job.id}/share")).json()["url"]

    async with visitor.page(java_script_enabled=False) as stranger:
        answer = await stranger.goto(f"/v/{link.rpartition('/')[2]}")

        assert answer is not None
        assert answer.status == 200
        await expect(stranger.locator("video")).to_be_visible()
