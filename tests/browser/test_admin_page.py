"""The pages of administrators as a browser shows them."""

import pytest
from playwright.async_api import Page, expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from rushes.web.pages.admin.access import TABS
from tests.browser.browsing import DESKTOP, PHONE, Visitor, load_pictures, sideways, violations
from tests.browser.shown import make_shown_job
from tests.factories import fetch_value
from tests.web.people import Person, make_queued_job
from tests.web.test_admin_lanes import start_worker

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROWEST = 360
LONG = "A fox 🦊 under the northern lights. " * 28
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => (one.open = true))"
MODERATION = "SELECT moderation_status FROM jobs WHERE id = $1"


async def judged(page: Page) -> list[str]:
    """The headings of the outputs that want a review."""
    return await page.locator(".reviews h2").all_inner_texts()


async def test_everybody_can_use_the_pages(
    visitor: Visitor, admin: Person, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await start_worker(work)
    shown = await make_shown_job(owner, work, storage, ada, prompt=LONG)
    await make_queued_job(owner, ada, prompt="A hen")
    own = [f"/admin/jobs/{shown.id}", f"/admin/users/{ada.viewer.user_id}", "/admin/lanes/cpu/pause"]
    found: dict[tuple[str, str, int], object] = {}

    for theme in ("light", "dark"):
        for width in (DESKTOP, PHONE):
            async with visitor.page(admin, width=width, theme=theme) as page:
                for path in [*(tab.path for tab in TABS), *own]:
                    await page.goto(path)
                    await page.evaluate(OPEN_ALL)
                    assert all(await load_pictures(page))
                    found[path, theme, width] = (await violations(page), await sideways(page))
                    if width == PHONE:
                        await page.set_viewport_size({"width": NARROWEST, "height": 844})
                        found[path, theme, NARROWEST] = ("", await sideways(page))
                        await page.set_viewport_size({"width": PHONE, "height": 844})

    assert {place: said for place, said in found.items() if said != ("", 0)} == {}


async def test_outputs_are_judged_by_keys_and_a_decision_is_taken_back(
    visitor: Visitor, admin: Person, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    hen = await make_shown_job(owner, work, storage, ada, prompt="A hen")
    fox = await make_shown_job(owner, work, storage, ada, prompt="A fox")
    async with visitor.page(admin) as page:
        await page.goto("/admin/reviews")
        picture = page.get_by_alt_text("Output, blurred until you open it").first
        await expect(picture).to_have_css("filter", "blur(14px)")
        await picture.click()
        await expect(picture).to_have_css("filter", "none")

        await page.keyboard.press("a")
        await expect(page.get_by_text("The output was approved.")).to_be_visible()
        assert await judged(page) == ["A hen"]
        await page.keyboard.press("r")
        await expect(page.get_by_text("The output was rejected.")).to_be_visible()
        await expect(page.get_by_text("Nothing to review")).to_be_visible()
        await page.locator(".toast", has_text="rejected").get_by_role("button", name="Undo").click()
        await expect(page.get_by_text("The output waits for a review again.")).to_be_visible()

        assert await judged(page) == ["A hen"]
    assert await fetch_value(owner, MODERATION, fox.id) == "approved"
    assert await fetch_value(owner, MODERATION, hen.id) == "pending"


async def test_a_key_within_a_note_judges_nothing(
    visitor: Visitor, admin: Person, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada, prompt="A hen")
    async with visitor.page(admin) as page:
        await page.goto("/admin/reviews")

        await page.get_by_label("Notes").press_sequentially("a rare bird")
        await page.get_by_role("button", name="Reject").click()
        await expect(page.get_by_text("The output was rejected.")).to_be_visible()

    kept = "SELECT moderation_status || ' ' || review_notes FROM jobs WHERE id = $1"
    assert await fetch_value(owner, kept, job.id) == "rejected a rare bird"


async def test_a_lane_is_paused_by_a_dialog_and_numbers_come_by_themselves(
    visitor: Visitor, admin: Person, ada: Person, owner: Database
) -> None:
    async with visitor.page(admin) as page:
        await page.clock.install()
        await page.goto("/admin/lanes")
        cap = page.get_by_label("Cap of cpu, empty for none")

        await page.get_by_role("link", name="Pause cpu").click()
        dialog = page.get_by_role("alertdialog", name="Pause the lane “cpu”?")
        await expect(dialog.get_by_role("link", name="Keep it open")).to_be_focused()
        assert await violations(page) == ""
        await dialog.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("button", name="Resume cpu")).to_be_visible()
        await cap.fill("7")
        await make_queued_job(owner, ada)
        await page.clock.run_for(10_000)

        await expect(page.locator("[data-part=cpu] [data-part=queued]")).to_have_text("1")
        await expect(cap).to_have_value("7")
