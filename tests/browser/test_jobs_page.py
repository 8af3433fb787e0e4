"""The page of jobs as a browser shows it."""

import pytest

from rushes.db.pool import Database
from rushes.storage.store import Storage
from tests.browser.browsing import DESKTOP, PHONE, Theme, Visitor, load_pictures, sideways, violations
from tests.browser.shown import make_shown_job
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
async def test_jobs_are_shown_to_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage, width: int, theme: Theme
) -> None:
    await make_shown_job(owner, work, storage, ada, prompt="A fox 🦊 under the northern lights")
    async with visitor.page(ada, width=width, theme=theme) as page:
        await page.goto("/jobs")

        pictures = await load_pictures(page)

        assert len(pictures) > 0
        assert all(pictures)
        assert await violations(page) == ""
        assert await sideways(page) == 0
