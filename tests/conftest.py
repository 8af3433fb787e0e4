"""One PostgreSQL for the whole run, one migrated template, and a clone of it for each test."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from filelock import FileLock

import rushes.db
from rushes.actions.catalogue import ship_models
from rushes.db.migrate import migrate
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.embedded.server import EmbeddedPostgres
from tests.s3 import s3_server

_SCHEMA = Path(rushes.db.__file__).parent
_STASH: pytest.StashKey[dict[str, str]] = pytest.StashKey()


_shared = contextlib.ExitStack()
"""What the controller of a parallel run keeps open for its workers."""


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the server before the first parallel worker; a worker may end while others still need it."""
    if "server_url" not in (shared := node.config.stash.setdefault(_STASH, {})):
        shared["server_url"] = _shared.enter_context(_server())
    node.workerinput["server_url"] = shared["server_url"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the controller started."""
    _shared.close()


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The superuser's URL of a server: `RUSHES_TEST_DATABASE_URL`, or an embedded one."""
    workerinput = getattr(request.config, "workerinput", None)
    if workerinput is not None:
        yield workerinput["server_url"]
        return
    with _server() as url:
        yield url


@contextlib.contextmanager
def _server() -> Iterator[str]:
    if given := os.environ.get("RUSHES_TEST_DATABASE_URL"):
        yield given
        return
    # Not under pytest's own folder: its parents are closed to the account that runs the server.
    home = Path(tempfile.mkdtemp(prefix="rushes-tests-", dir="/var/tmp"))
    home.chmod(0o755)
    server = EmbeddedPostgres(home / "postgres", settings={"fsync": "off", "max_connections": "300"})
    try:
        yield server.start().url
    finally:
        server.stop()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """The name of a migrated database that nobody is connected to."""
    name = _template_name()
    with FileLock(Path(tempfile.gettempdir()) / f"{name}-{urlsplit(server_url).port}.lock"):
        asyncio.run(_make_template(server_url, name))
    return name


@pytest.fixture
async def database_url(server_url: str, template: str) -> AsyncIterator[str]:
    """The owner's URL of a fresh migrated database, dropped after the test."""
    name = f"test_{uuid4().hex}"
    await _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _of_database(server_url, name)
    await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def shared_database_url(server_url: str, template: str) -> Iterator[str]:
    """The owner's URL of a migrated database for all tests that look only at accounts of their own."""
    name = f"shared_{uuid4().hex}"
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _of_database(server_url, name)
    asyncio.run(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def empty_database_url(server_url: str) -> AsyncIterator[str]:
    """The owner's URL of a database without a schema."""
    name = f"empty_{uuid4().hex}"
    await _execute(server_url, f"CREATE DATABASE {name}")
    yield _of_database(server_url, name)
    await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The address of an S3 server."""
    with s3_server() as url:
        yield url


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Database]:
    """The database as its owner, whom no policy binds."""
    database = await open_database(database_url, role=None, connections=4)
    yield database
    await database.close()


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[Database]:
    """The database as the web processes see it."""
    database = await open_database(database_url, role=WEB_ROLE, connections=8)
    yield database
    await database.close()


@pytest.fixture
async def work(database_url: str) -> AsyncIterator[Database]:
    """The database as the workers see it."""
    database = await open_database(database_url, role=WORKER_ROLE, connections=8)
    yield database
    await database.close()


def _template_name() -> str:
    # A server that outlives the run may still hold the template of another version.
    files = sorted(path for path in _SCHEMA.rglob("*") if path.suffix in {".py", ".sql", ".toml"})
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    return f"rushes_template_{digest.hexdigest()[:12]}"


async def _make_template(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            return
        await connection.execute(f"DROP DATABASE IF EXISTS {name}_new WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}_new")
        await migrate(_of_database(server_url, f"{name}_new"))
        await ship_models(_of_database(server_url, f"{name}_new"))
        await connection.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    finally:
        await connection.close()


async def _execute(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _of_database(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
