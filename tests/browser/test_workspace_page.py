"""The workspace as a browser shows it."""

from uuid import UUID

import pytest
from playwright.async_api import expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from tests.browser.browsing import DESKTOP, PHONE, Visitor, sideways, violations
from tests.browser.shown import store_files
from tests.factories import claim_one, complete, make_output, make_picture, retry_or_fail
from tests.web.kept import make_group
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROW = 360


async def fail(work: Database) -> None:
    """End the next job without an output."""
    await retry_or_fail(
        work, await claim_one(work), error_code="x", error_message="No person.", retryable=False, log=""
    )


async def test_the_workspace_is_there_for_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    session = (await ada.post("/sessions", {"name": "A name as long as it can be " * 3})).json()["id"]
    await make_group(owner, ada, prompt="A fox 🦊 " * 100, workspace_session_id=UUID(session))
    picture = await complete(work, await claim_one(work), make_picture(), log="")
    await store_files(owner, storage, picture)
    await fail(work)
    await claim_one(work)

    found: dict[object, tuple[str, int]] = {}
    for theme in ("light", "dark"):
        for width in (DESKTOP, PHONE):
            async with visitor.page(ada, width=width, theme=theme) as page:
                await page.goto(f"/workspace?session={session}")
                found[theme, width] = (await violations(page), await sideways(page))
                await page.get_by_role("link", name="Rename").click()
                await expect(page.get_by_role("dialog")).to_be_visible()
                found[theme, width, "dialog"] = (await violations(page), 0)
                await page.set_viewport_size({"width": NARROW, "height": 800})
                found[theme, width, NARROW] = ("", await sideways(page))

    assert {what: problem for what, problem in found.items() if problem != ("", 0)} == {}


async def test_one_of_three_is_made_anew_without_leaving_the_page(
    visitor: Visitor, ada: Person, owner: Database, work: Database
) -> None:
    await make_group(owner, ada)
    for _ in range(2):
        await complete(work, await claim_one(work), make_output(), log="")
    await fail(work)

    async with visitor.page(ada) as page:
        await page.goto("/workspace")
        await page.locator(".member").nth(2).get_by_role("button", name="Rerun").click()

        await expect(page.locator(".member")).to_have_count(3)
        await expect(page.locator(".member").nth(2).locator(".badge")).to_have_text("Queued")
        await expect(page.get_by_role("article")).to_contain_text("2 of 3 done")


async def test_a_group_counts_what_is_done_while_somebody_looks(
    visitor: Visitor, ada: Person, owner: Database, work: Database
) -> None:
    await make_group(owner, ada)

    async with visitor.page(ada) as page:
        await page.goto("/workspace")
        await expect(page.locator("[data-live-state]")).to_have_attribute("data-live-state", "on")
        await complete(work, await claim_one(work), make_output(), log="")

        await expect(page.locator(".member").first.locator(".badge")).to_have_text("Completed")
        await expect(page.get_by_role("article")).to_contain_text("1 of 3 done")
        await expect(page.get_by_role("progressbar", name="1 of 3 done")).to_have_attribute("value", "1")
