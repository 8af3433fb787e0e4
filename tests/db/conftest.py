"""One database for all tests of this folder: each stays with accounts of its own and counts no others."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.db.filling import fill_once
from tests.db.servers import execute, of_database


@pytest.fixture(scope="session")
def shared_url(server_url: str, template: str) -> Iterator[str]:
    """The owner's URL of a migrated database that lasts as long as the run."""
    name = f"shared_{uuid4().hex}"
    asyncio.run(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield of_database(server_url, name)
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def database_url(shared_url: str) -> str:
    """The owner's URL of the shared database: to clone one takes longer than most tests here."""
    return shared_url


@pytest.fixture(scope="session")
def million_url(server_url: str, template: str) -> str:
    """The owner's URL of a database with a million jobs, which nobody changes."""
    return asyncio.run(fill_once(server_url, template))
