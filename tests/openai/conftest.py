"""A served site with a worker, and OpenAI's official client for it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from rushes.actions.accounts import create_api_key
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.storage.store import Storage, local_storage
from rushes.web.services import Services
from tests.factories import make_viewer
from tests.openai.site import ADD_MODELS, Maker, working
from tests.web.people import SECRET
from tests.web.site import served

Connect = Callable[..., AsyncOpenAI]
"""Makes a client: give it the address of the site, and options of the client."""


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Where files are."""
    return local_storage(tmp_path / "storage")


@pytest.fixture
def services(web: Database, database_url: str, storage: Storage) -> Services:
    """What the application works with."""
    return Services(
        database=web,
        listen_url=database_url,
        storage=storage,
        secret=SECRET,
        image_wait=timedelta(seconds=20),
        webhooks_allow_private=True,
    )


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    """Somebody who may have many jobs under way."""
    async with owner.transaction() as tx:
        await tx.execute(ADD_MODELS)
    return await make_viewer(owner, slots=1000)


@pytest.fixture
async def key(owner: Database, viewer: Viewer) -> str:
    """His API key."""
    _, secret = await create_api_key(owner, viewer, name="test", expires_at=None)
    return secret


@pytest.fixture
async def url(services: Services) -> AsyncIterator[str]:
    """The address of the site."""
    async with served(services) as url:
        yield url


@pytest.fixture
async def connect(key: str) -> AsyncIterator[Connect]:
    """Makes clients, and closes them."""
    made: list[AsyncOpenAI] = []

    def connect(url: str, **options: object) -> AsyncOpenAI:
        http = DefaultAsyncHttpxClient(trust_env=False)
        client = AsyncOpenAI(**{"api_key": key, "base_url": f"{url}/v1", "http_client": http} | options)
        made.append(client)
        return client

    yield connect
    for client in made:
        await client.close()


@pytest.fixture
def client(connect: Connect, url: str) -> AsyncOpenAI:
    """The client of the person."""
    return connect(url)


@pytest.fixture
def work_with(
    work: Database, database_url: str, storage: Storage, tmp_path: Path
) -> Callable[[Maker], AbstractAsyncContextManager[None]]:
    """Starts a worker."""
    return lambda maker: working(work, database_url, storage, tmp_path / "scratch", maker)


@pytest.fixture
async def worker(work_with: Callable[[Maker], AbstractAsyncContextManager[None]]) -> AsyncIterator[Maker]:
    """The engine of a worker that runs."""
    maker = Maker()
    async with work_with(maker):
        yield maker
