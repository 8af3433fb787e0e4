"""The page of a link, and the door to the rest, as somebody sees them who is not signed in."""

import pytest
from playwright.async_api import expect

from rushes.actions.share import share_job
from rushes.db.pool import Database
from rushes.domain.jobs import Job
from rushes.storage.store import Storage
from tests.browser.browsing import DESKTOP, PHONE, Theme, Visitor, sideways, violations
from tests.browser.shown import make_shown_job
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROWEST = 360
PLAYED = """document.querySelector("video").play().then(
    () => new Promise((done) => document.querySelector("video").addEventListener("timeupdate", done))
).then(() => document.querySelector("video").videoWidth)"""


@pytest.fixture
async def film(ada: Person, owner: Database, work: Database, storage: Storage) -> Job:
    """Something of Ada's that she shares."""
    job = await make_shown_job(owner, work, storage, ada, prompt="A secret of mine")
    await share_job(owner, ada.viewer, job_id=job.id)
    return job


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_pages_without_a_session_are_for_everybody(visitor: Visitor, film: Job, theme: Theme) -> None:
    found: list[str] = []
    link = f"/v/{film.short_id}"
    async with visitor.page(theme=theme, allowed=("404",)) as page:
        for path in (link, f"{link}/report", "/v/00000000", "/login", "/register"):
            await page.goto(path)
            for width in (DESKTOP, PHONE):
                await page.set_viewport_size({"width": width, "height": 900})
                found.append(await violations(page))
            await page.set_viewport_size({"width": NARROWEST, "height": 900})
            found.append(f"{path} is {wide} px too wide" if (wide := await sideways(page)) else "")

    assert [one for one in found if one] == []


async def test_the_film_plays_until_its_owner_takes_the_link_back(
    visitor: Visitor, ada: Person, film: Job
) -> None:
    async with visitor.page() as page:
        await page.goto(f"/v/{film.short_id}")
        assert await page.evaluate(PLAYED) > 0

    async with visitor.page(ada) as page:
        await page.goto(f"/v/{film.short_id}")
        await expect(page.get_by_text("You own this.")).to_be_visible()
        assert await violations(page) == ""
        await page.get_by_role("button", name="Revoke link").click()
        await expect(page.get_by_text("The link no longer leads anywhere.")).to_be_visible()

    async with visitor.page(allowed=("410",)) as page:
        answer = await page.goto(f"/v/{film.short_id}")
        assert answer is not None
        assert answer.status == 410
        assert await violations(page) == ""


async def test_a_password_can_be_looked_at_before_it_is_sent(visitor: Visitor) -> None:
    async with visitor.page() as page:
        await page.goto("/login")
        password = page.get_by_label("Password", exact=True)
        await password.fill("correct horse")
        button = page.get_by_role("button", name="Show the password")

        await button.click()
        await expect(password).to_have_attribute("type", "text")
        await button.click()

        await expect(password).to_have_attribute("type", "password")
        await expect(button).to_have_attribute("aria-pressed", "false")
