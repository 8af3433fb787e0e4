"""A web application over a real database, asked without a socket where that will do."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from rushes.db.pool import Database
from rushes.domain.media import MediaLimits
from rushes.storage.store import Storage, local_storage
from rushes.web.services import Services
from tests.web.people import SECRET, Person, make_person
from tests.web.site import started, visiting


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the object store keeps its files."""
    return tmp_path / "storage"


@pytest.fixture
def storage(folder: Path) -> Storage:
    """An object store of the test's own."""
    return local_storage(folder)


@pytest.fixture
def services(web: Database, database_url: str, storage: Storage) -> Services:
    """What the application works with; no worker checks its files, so it does not wait for one."""
    return Services(
        database=web,
        listen_url=database_url,
        storage=storage,
        secret=SECRET,
        limits=MediaLimits(image_bytes=50_000, video_bytes=50_000),
        check_wait=timedelta(0),
    )


@pytest.fixture
async def app(services: Services) -> AsyncIterator[FastAPI]:
    """The application, started."""
    async with started(services) as app:
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that nobody is signed in with."""
    async with visiting(app) as client:
        yield client


@pytest.fixture
async def ada(owner: Database, client: httpx.AsyncClient) -> Person:
    """Somebody who is signed in."""
    return await make_person(owner, client)


@pytest.fixture
async def bob(owner: Database, client: httpx.AsyncClient) -> Person:
    """Somebody else who is signed in."""
    return await make_person(owner, client)
