"""A served application over a real database, and clients of somebody who is signed in."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rushes.actions.accounts import create_api_key
from rushes.client import AsyncRushes, Patience, Rushes
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.storage.store import local_storage
from rushes.web.services import Services
from tests.factories import make_viewer
from tests.web.people import SECRET
from tests.web.site import served

QUICK = Patience(attempts=3, first_wait_seconds=0.01, longest_wait_seconds=5.0, away_seconds=30.0)


@pytest.fixture(autouse=True)
def no_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is signed in on this machine."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("RUSHES_URL", raising=False)
    monkeypatch.delenv("RUSHES_API_KEY", raising=False)


@pytest.fixture
def services(web: Database, database_url: str, tmp_path: Path) -> Services:
    """What the application works with; no worker checks its files, so it does not wait for one."""
    return Services(
        database=web,
        listen_url=database_url,
        storage=local_storage(tmp_path / "storage"),
        secret=SECRET,
        check_wait=timedelta(0),
    )


@pytest.fixture
async def address(services: Services) -> AsyncIterator[str]:
    """Where the application is served."""
    async with served(services) as address:
        yield address


@pytest.fixture
async def ada(owner: Database) -> Viewer:
    """Somebody with an account."""
    return await make_viewer(owner)


@pytest.fixture
async def key(web: Database, ada: Viewer) -> str:
    """An API key of hers."""
    _, secret = await create_api_key(web, ada, name="test", expires_at=None)
    return secret


@pytest.fixture
async def rushes(address: str, key: str) -> AsyncIterator[AsyncRushes]:
    """Her client with an event loop."""
    async with AsyncRushes(address, api_key=key, patience=QUICK, trust_env=False) as client:
        yield client


@pytest.fixture
def blocking(address: str, key: str) -> Iterator[Rushes]:
    """Her client without one; the server runs in the test's loop, so use it in another thread."""
    with Rushes(address, api_key=key, patience=QUICK, trust_env=False) as client:
        yield client
