"""The library as a browser shows it."""

import zipfile

import pytest
from playwright.async_api import expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from tests.browser.browsing import DESKTOP, PHONE, Visitor, load_pictures, sideways, violations
from tests.browser.shown import make_shown_job
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROW = 360
PROMPTS = ("A fox 🦊 under the northern lights", "word " * 199)


async def test_the_library_is_there_for_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    for prompt in PROMPTS:
        await make_shown_job(owner, work, storage, ada, prompt=prompt)
    await ada.post("/projects", {"name": "A name as long as it can be " * 3})

    found: dict[object, tuple[str, int]] = {}
    for theme in ("light", "dark"):
        for width in (DESKTOP, PHONE):
            async with visitor.page(ada, width=width, theme=theme) as page:
                await page.goto("/library")
                assert all(await load_pictures(page))
                await page.locator(".pick").first.check()
                found[theme, width] = (await violations(page), await sideways(page))
                await page.set_viewport_size({"width": NARROW, "height": 800})
                found[theme, width, NARROW] = ("", await sideways(page))

    assert {what: problem for what, problem in found.items() if problem != ("", 0)} == {}


async def test_pictures_keep_their_place_before_they_have_come(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada)

    async with visitor.page(ada, allowed=("net::ERR_FAILED",)) as page:
        await page.route("**/media/poster", lambda route: route.abort())
        await page.goto("/library")
        before = await page.locator(".shot .tile").bounding_box()
        await page.unroute_all()
        await page.reload()
        await load_pictures(page)
        after = await page.locator(".shot .tile").bounding_box()

        assert before == after
        assert after is not None
        assert after["width"] / after["height"] == pytest.approx(288 / 216, rel=0.01)


async def test_the_selected_come_as_an_archive_that_opens(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    jobs = [await make_shown_job(owner, work, storage, ada) for _ in range(3)]

    async with visitor.page(ada) as page:
        await page.goto("/library")
        await expect(page.get_by_role("button", name="Download ZIP")).to_be_hidden()
        await page.locator(".pick").first.check()
        await page.get_by_role("button", name="Select all on this page").click()
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download ZIP").click()
        archive = zipfile.ZipFile(await (await download.value).path())

        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(f"rushes-{job.short_id}.mp4" for job in jobs)


async def test_an_answer_that_is_lost_is_no_claim_that_nothing_was_done(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada, prompt="A fox")
    async with visitor.page(ada, allowed=("ERR_FAILED",)) as page:
        await page.route("**/star", lambda route: route.abort())
        await page.goto("/library")

        await page.get_by_role("button", name="Star A fox").click()

        await expect(page.locator(".toast")).to_have_text(
            "No answer came. Reload to see whether it was done."
        )


async def test_a_star_is_given_without_leaving_the_page(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    for prompt in PROMPTS:
        await make_shown_job(owner, work, storage, ada, prompt=prompt)

    async with visitor.page(ada) as page:
        await page.goto("/library")
        await page.locator(".pick").first.check()
        star = page.get_by_role("button", name="Star A fox")
        await star.click()

        await expect(star).to_have_attribute("aria-pressed", "true")
        await expect(star).to_be_focused()
        await expect(page.locator(".pick").first).to_be_checked()


async def test_the_selected_are_deleted_after_a_question(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    for prompt in PROMPTS:
        await make_shown_job(owner, work, storage, ada, prompt=prompt)

    async with visitor.page(ada) as page:
        await page.goto("/library")
        await page.get_by_role("checkbox", name="Select A fox").check()
        await page.locator("#chosen").get_by_role("button", name="Delete").click()
        question = page.get_by_role("alertdialog")
        await expect(question).to_contain_text("Delete 1 job?")
        assert await violations(page) == ""
        await question.get_by_role("button", name="Delete").click()

        await expect(page.locator(".shot")).to_have_count(1)
        await expect(page.locator(".shot")).to_contain_text("word word")
