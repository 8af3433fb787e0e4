"""Jobs that change while a browser shows them."""

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from rushes.web.services import Services
from tests.browser.browsing import Visitor
from tests.browser.shown import start_shown_job, store_files
from tests.factories import claim_one, complete, make_output
from tests.web.people import Person, make_person, make_queued_job
from tests.web.site import served
from tests.web.test_job_events import say

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 30_000
MARK_STARTS = """(video) => {
    video.onplay = video.onemptied = () => { video.dataset.again = "yes"; };
}"""
"""Mark a video that starts again, which is not what a loop does."""
SAY_NOTES = """
    globalThis.Notification = class extends Notification {
        constructor(title, options) {
            super(title, options);
            this.onshow = () => console.log(`${title}: ${options.body}`);
        }
    };
"""
"""The browser's notifications, and a line in the console for each that it shows."""
HIDE = """
    Object.defineProperty(document, "hidden", { get: () => globalThis.away ?? false });
"""
TURN = """(away) => {
    globalThis.away = away;
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def live_state(page: Page) -> Locator:
    return page.locator("[data-live-text]")


async def see(found: Locator, text: str) -> None:
    await expect(found).to_have_text(text, timeout=PATIENCE_MS)


@pytest.mark.parametrize("script", ["", "delete globalThis.SharedWorker"])
async def test_numbers_move_in_place(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage, script: str
) -> None:
    attempt = await start_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.add_init_script(script)
        await page.goto("/jobs")
        await see(live_state(page), "Live")
        card = await page.query_selector(f"#job-{attempt.job.id}")
        assert card is not None

        await say(work, attempt, 40, "Warping")

        await see(page.locator(".card [data-text]"), "Warping")
        await see(page.locator(".card [data-left]"), "1m 30s left")
        await see(page.locator(".card .percent"), "40%")
        assert await card.evaluate("(card) => card.querySelector('.progress progress').value") == 40
        assert await card.evaluate("(card) => card.isConnected")


async def test_a_video_plays_on_when_its_job_ends(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    attempt = await start_shown_job(owner, work, storage, ada, prompt="A fox")
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        await see(live_state(page), "Live")
        await page.hover(".tile.src a")
        video = await page.wait_for_selector(".tile.src video")
        assert video is not None
        await expect(page.locator(".tile.src video")).not_to_have_js_property("currentTime", 0)
        await video.evaluate(MARK_STARTS)

        await complete(work, attempt, make_output(), log="")

        await see(page.locator(".card .badge"), "Completed")
        await expect(page.locator(".tile.output a")).to_have_count(1)
        await see(page.locator('.tabs [data-part="completed"] em'), "1")
        assert await video.evaluate("(video) => video.isConnected && !video.paused && video.muted")
        assert await video.get_attribute("data-again") is None


async def test_the_title_tells_what_finished_until_somebody_looks(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    attempt = await start_shown_job(owner, work, storage, ada, prompt="A fox")
    async with visitor.page(ada) as page:
        await page.add_init_script(HIDE)
        await page.goto("/jobs")
        await see(live_state(page), "Live")
        await page.evaluate(TURN, True)

        await complete(work, attempt, make_output(), log="")

        await expect(page).to_have_title("✓ A fox finished · Rushes", timeout=PATIENCE_MS)
        await page.evaluate(TURN, False)
        await expect(page).to_have_title("Jobs · Rushes")


async def test_an_end_is_told_to_who_wants_that_and_looks_elsewhere(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    seen, missed = [await make_queued_job(owner, ada, prompt=prompt) for prompt in ("An owl", "A fox")]
    for job in (seen, missed):
        await store_files(owner, storage, job)
    async with visitor.page(ada, permissions=["notifications"]) as page:
        await page.add_init_script(HIDE + SAY_NOTES)
        await page.goto("/settings/appearance")
        await page.get_by_label("Tell me when a job ends").check()
        await page.goto("/jobs")
        await see(live_state(page), "Live")

        async with page.expect_console_message() as told:
            await complete(work, await claim_one(work), make_output(), log="")
            await see(page.locator(f"#job-{seen.id} .badge"), "Completed")
            await page.evaluate(TURN, True)
            await complete(work, await claim_one(work), make_output(), log="")

        assert (await told.value).text == "Rushes: ✓ A fox finished"


async def test_a_new_job_waits_to_be_shown(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await start_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        await see(live_state(page), "Live")

        await make_queued_job(owner, ada)

        await see(page.locator("[data-news]"), "1 new job")
        await expect(page.locator(".card")).to_have_count(1)


async def test_a_page_says_that_the_network_is_away(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada, allowed=("net::ERR_INTERNET_DISCONNECTED",)) as page:
        await page.goto("/jobs")
        await see(live_state(page), "Live")

        await page.context.set_offline(True)
        await see(live_state(page), "Offline")
        await page.context.set_offline(False)

        await see(live_state(page), "Live")


async def test_a_page_outlives_the_server(
    services: Services, chromium: Browser, owner: Database, work: Database, storage: Storage
) -> None:
    async with httpx.AsyncClient() as client:
        eve = await make_person(owner, client)
    attempt = await start_shown_job(owner, work, storage, eve)
    async with served(services) as address:
        visiting = Visitor(chromium, address).page(eve, allowed=("net::ERR_",))
        page = await visiting.__aenter__()
        await page.goto("/jobs")
        await see(live_state(page), "Live")
    await see(live_state(page), "Reconnecting")
    await complete(work, attempt, make_output(), log="")

    again = replace(services, stopping=asyncio.Event())
    async with served(again, port=urlsplit(address).port or 0):
        await see(live_state(page), "Live")
        await see(page.locator(".card .badge"), "Completed")
        await visiting.__aexit__(None, None, None)
