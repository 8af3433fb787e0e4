"""The bar at the lower edge of a phone, which leads to every place."""

import pytest
from playwright.async_api import Page, expect

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from tests.browser.browsing import PHONE, Visitor, sideways
from tests.factories import make_bare_job
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROWEST = 360
PLACES = {
    "Create": "/create",
    "Jobs": "/jobs",
    "Library": "/library",
    "Workspace": "/workspace",
    "Settings": "/settings/profile",
}
CUT = """(links) => links.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"""
LOWEST = "(element) => Math.round(element.getBoundingClientRect().bottom)"


async def current(page: Page) -> list[str]:
    """The places that the page says it is at."""
    bar = page.get_by_role("navigation", name="Pages")
    return await bar.locator("[aria-current=page]").all_inner_texts()


async def test_the_bar_leads_to_every_place_and_says_which_it_is(visitor: Visitor, ada: Person) -> None:
    found: dict[str, tuple[str, list[str]]] = {}

    async with visitor.page(ada, width=PHONE) as page:
        await page.goto("/jobs")
        for word, path in PLACES.items():
            await page.get_by_role("navigation", name="Pages").get_by_role("link", name=word).click()
            await page.wait_for_url(f"**{path}")
            found[word] = (path, await current(page))

    assert found == {word: (path, [word]) for word, path in PLACES.items()}


async def test_a_page_below_a_place_belongs_to_it(visitor: Visitor, ada: Person, owner: Database) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)
    below = {
        f"/jobs/{job_id}": ["Jobs"],
        "/settings/webhooks/new": ["Settings"],
        "/create?type=image": ["Create"],
    }
    found: dict[str, list[str]] = {}

    async with visitor.page(ada, width=PHONE) as page:
        for path in below:
            await page.goto(path)
            found[path] = await current(page)

    assert found == below


async def test_the_bar_stays_at_the_edge_and_hides_nothing(
    visitor: Visitor, admin: Person, owner: Database
) -> None:
    for _ in range(3):
        await make_bare_job(owner, admin.viewer, JobStatus.CANCELLED)
    async with visitor.page(admin, width=NARROWEST) as page:
        await page.goto("/jobs")
        bar = page.get_by_role("navigation", name="Pages")
        last = page.locator(".card").last

        await page.keyboard.press("End")

        await expect(last).to_be_in_viewport(ratio=1)
        top = await bar.evaluate("(bar) => bar.getBoundingClientRect().top")
        assert await last.evaluate(LOWEST) <= top
        assert await bar.evaluate(LOWEST) == 844
        assert await bar.get_by_role("link").evaluate_all(CUT) == []
        assert await sideways(page) == 0
