"""How many streams a browser opens, and what it does without one."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from rushes.web.services import Services
from tests.browser.browsing import Visitor
from tests.browser.shown import start_shown_job
from tests.browser.test_live_jobs import live_state, see
from tests.factories import complete, make_output
from tests.web.people import Person
from tests.web.test_job_events import say

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABS = 8


@pytest.fixture
def streams() -> int:
    """How many streams an account may have open."""
    return 1


@pytest.fixture
def services(services: Services, streams: int) -> Services:
    """A server that counts the streams of each account."""
    return replace(services, streams_per_user=streams)


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
