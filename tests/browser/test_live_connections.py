"""How many streams a browser opens, and what it does without one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Request, expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from rushes.web.services import Services
from tests.browser.browsing import Visitor
from tests.browser.relay import relaying
from tests.browser.shown import start_shown_job
from tests.browser.test_live_jobs import live_state, see
from tests.factories import complete, make_output
from tests.web.people import Person
from tests.web.test_job_events import say

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABS = 8
ALONE = """
    delete globalThis.SharedWorker;
    globalThis.EventSource = class extends EventSource {
        constructor(address) {
            super(address);
            globalThis.stream = this;
        }
    };
"""
"""Without a worker, for the clock of a test is that of its page alone."""
NEXT_KEEP_ALIVE = "new Promise((then) => stream.addEventListener('keep-alive', () => then(), { once: true }))"
PATIENCE_MS = 40_000


@pytest.fixture
def streams() -> int:
    """How many streams an account may have open."""
    return 1


@pytest.fixture
def keep_alive() -> float:
    """How often a stream says that it lives, in seconds."""
    return 15


@pytest.fixture
def services(services: Services, streams: int, keep_alive: float) -> Services:
    """A server that counts the streams of each account."""
    return replace(services, streams_per_user=streams, keep_alive=timedelta(seconds=keep_alive))


async def test_all_tabs_follow_by_one_stream(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    attempt = await start_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as first:
        pages = [first, *[await first.context.new_page() for _ in range(TABS - 1)]]
        for page in pages:
            await page.goto("/jobs")
        for page in pages:
            await see(live_state(page), "Live")

        await say(work, attempt, 40, "Warping")

        for page in pages:
            await see(page.locator(".card [data-text]"), "Warping")


@pytest.mark.parametrize("streams", [0])
async def test_without_a_stream_a_page_asks_every_ten_seconds(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    attempt = await start_shown_job(owner, work, storage, ada)
    async with visitor.page(ada, allowed=("429",)) as page:
        await page.clock.install()
        await page.goto("/jobs")
        await see(live_state(page), "Checking every 10 s")
        await complete(work, attempt, make_output(), log="")
        await expect(page.locator(".card .badge")).to_have_text("Processing")

        await page.clock.run_for(10_000)

        await see(page.locator(".card .badge"), "Completed")


@pytest.mark.parametrize("streams", [2])
@pytest.mark.parametrize(
    ("silent", "said"), [(b"/jobs/live", "Checking every 10 s"), (b"/jobs/", "Reconnecting")]
)
async def test_a_page_whose_stream_goes_silent_says_so_and_comes_back(
    address: str,
    chromium: Browser,
    ada: Person,
    owner: Database,
    work: Database,
    storage: Storage,
    silent: bytes,
    said: str,
) -> None:
    running = await start_shown_job(owner, work, storage, ada, prompt="A fox")
    ended = await start_shown_job(owner, work, storage, ada, prompt="A hen")
    async with relaying(address) as (relay, way), Visitor(chromium, way).page(ada) as page:
        await page.add_init_script(ALONE)
        await page.clock.install()
        await page.goto("/jobs")
        await see(live_state(page), "Live")
        relay.silent = silent
        await complete(work, ended, make_output(), log="")
        await expect(live_state(page)).to_have_text("Live")

        await page.clock.run_for(PATIENCE_MS)
        await see(live_state(page), said)
        relay.silent = None
        await page.clock.run_for(PATIENCE_MS)

        await see(live_state(page), "Live")
        await see(page.get_by_role("article", name="A hen").locator(".badge"), "Completed")
        await say(work, running, 40, "Warping")
        await see(page.get_by_role("article", name="A fox").locator("[data-text]"), "Warping")


@pytest.mark.parametrize("keep_alive", [0.5])
async def test_a_stream_on_which_nothing_happens_is_kept(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada) as page:
        begun: list[Request] = []
        page.on("request", lambda request: begun.append(request) if "/jobs/live" in request.url else None)
        await page.add_init_script(ALONE)
        await page.clock.install()
        await page.goto("/jobs")
        await see(live_state(page), "Live")

        for _ in range(3):
            await page.evaluate(NEXT_KEEP_ALIVE)
            await page.clock.run_for(PATIENCE_MS * 0.75)

        await see(live_state(page), "Live")
        assert len(begun) == 1
