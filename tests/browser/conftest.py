"""The web application on a real socket, looked at by a real browser."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from rushes.db.pool import Database
from rushes.domain.accounts import Role
from rushes.storage.store import Storage, local_storage
from rushes.web.services import Services
from tests.browser.browsing import ARGUMENTS, CHROMIUM, HOW_TO_INSTALL, Visitor, is_required
from tests.web.people import SECRET, Person, make_person
from tests.web.site import served


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """An object store of the test's own."""
    return local_storage(tmp_path / "storage")


@pytest.fixture
def services(web: Database, database_url: str, storage: Storage) -> Services:
    """What the application works with; no worker checks its files, so it does not wait for one."""
    return Services(
        database=web, listen_url=database_url, storage=storage, secret=SECRET, check_wait=timedelta(0)
    )


@pytest.fixture
async def address(services: Services) -> AsyncIterator[str]:
    """Where the site is."""
    async with served(services) as address:
        yield address


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser."""
    if not Path(CHROMIUM).exists():
        assert not is_required(), HOW_TO_INSTALL
        pytest.skip(HOW_TO_INSTALL)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def ada(owner: Database, address: str) -> AsyncIterator[Person]:
    """Somebody with an account and an open session."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        yield await make_person(owner, client)


@pytest.fixture
async def admin(owner: Database, address: str) -> AsyncIterator[Person]:
    """An administrator with an open session."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        person = await make_person(owner, client)
        async with owner.transaction() as tx:
            await tx.execute("UPDATE users SET role = $2 WHERE id = $1", person.viewer.user_id, Role.ADMIN)
        yield person


@pytest.fixture
def visitor(chromium: Browser, address: str) -> Visitor:
    """Opens pages of the site; see `Visitor.page`."""
    return Visitor(chromium, address)
