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
from rushes.web.app import create_app
from rushes.web.services import Services
from tests.web.people import Person, make_person

SECRET = b"a secret of the tests, 32 bytes or more"


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """An object store of the test's own."""
    return local_storage(tmp_path / "storage")


@pytest.fixture
def services(web: Database, database_url: str, storage: Storage) -> Services:
    """What the application works with; nobody checks its files, so it does not wait long."""
    return Services(
        database=web,
        listen_url=database_url,
        storage=storage,
        secret=SECRET,
        limits=MediaLimits(image_bytes=100_000, video_bytes=200_000),
        check_wait=timedelta(0),
    )


@pytest.fixture
async def app(services: Services) -> AsyncIterator[FastAPI]:
    """The application, started."""
    app = create_app(services)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that nobody is signed in with."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rushes.test") as client:
        yield client


@pytest.fixture
async def ada(owner: Database, app: FastAPI) -> AsyncIterator[Person]:
    """Somebody who is signed in."""
    async with make_person(owner, app, SECRET) as person:
        yield person


@pytest.fixture
async def bob(owner: Database, app: FastAPI) -> AsyncIterator[Person]:
    """Somebody else who is signed in."""
    async with make_person(owner, app, SECRET) as person:
        yield person
