"""What a web process answers while its PostgreSQL is away, and after it has come back."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from rushes.actions.catalogue import ship_models
from rushes.db.migrate import migrate
from rushes.db.pool import Database
from rushes.embedded.server import EmbeddedPostgres
from rushes.web.services import Services
from tests.web.people import API, Person, base_job, make_person
from tests.web.site import served
from tests.web.test_user_events import add_one, jobs_of, stream_of

LOGIN = {"email": "ada@example.org", "password": "correct horse battery"}


class Machine:
    """A PostgreSQL of the test's own, which goes away and comes back at the same address."""

    def __init__(self, home: Path) -> None:
        self._server = EmbeddedPostgres(home)
        self.url = self._server.start().url
        # The port was free a moment ago; from now on it is the machine's.
        self._again = EmbeddedPostgres(home, settings={"port": str(urlsplit(self.url).port)})

    async def go(self) -> None:
        await asyncio.to_thread(self.end)

    async def come_back(self) -> None:
        await asyncio.to_thread(self._again.start)

    def end(self) -> None:
        self._server.stop()
        self._again.stop()


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not under pytest's own folder: its parents are closed to the account that runs the server.
    home = Path(tempfile.mkdtemp(prefix="rushes-away-", dir="/var/tmp"))
    home.chmod(0o755)
    machine = Machine(home / "postgres")
    yield machine
    machine.end()
    shutil.rmtree(home)


@pytest.fixture
async def database_url(machine: Machine) -> str:
    """The owner's URL of a migrated database on a machine of the test's own."""
    await migrate(machine.url)
    await ship_models(machine.url)
    return machine.url


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with served(services) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        yield await make_person(owner, client)


async def ask_everything(person: Person, job: dict[str, Any]) -> dict[str, httpx.Response]:
    """The answers to a list, to a job that is sent, and to who signs in."""
    return {
        "list": await person.get("/jobs"),
        "job": await person.post("/jobs", job),
        "login": await person.client.post(f"{API}/auth/login", json=LOGIN),
    }


async def health_of(person: Person) -> list[int]:
    return [(await person.client.get(path)).status_code for path in ("/healthz", "/readyz")]


async def test_while_the_database_is_away_everybody_is_told_to_come_back(
    eve: Person, owner: Database, machine: Machine
) -> None:
    job = await base_job(owner, eve)
    before = await health_of(eve)
    await machine.go()

    answers = await ask_everything(eve, job)

    assert [answer.status_code for answer in answers.values()] == [503] * 3
    assert {answer.json()["code"] for answer in answers.values()} == {"database_unavailable"}
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}
    assert {answer.headers["retry-after"] for answer in answers.values()} == {"5"}
    assert (before, await health_of(eve)) == ([200, 200], [200, 503])


async def test_the_same_process_serves_again_when_the_database_is_back(
    eve: Person, owner: Database, machine: Machine
) -> None:
    job = await base_job(owner, eve)
    await eve.client.post(f"{API}/auth/register", json=LOGIN)
    await machine.go()
    away = await eve.get("/jobs")
    await machine.come_back()

    answers = await ask_everything(eve, job)
    async with stream_of(eve) as events:
        snapshot = await anext(events)
        job_id = await add_one(owner, eve)
        heard = await anext(events)

    assert away.status_code == 503
    assert [answer.status_code for answer in answers.values()] == [200, 202, 200]
    assert await health_of(eve) == [200, 200]
    assert (snapshot.name, jobs_of([heard])) == ("snapshot", [job_id])


async def test_a_stream_that_was_open_hears_on_when_the_database_is_back(
    eve: Person, owner: Database, machine: Machine
) -> None:
    async with stream_of(eve) as events:
        await anext(events)
        await machine.go()
        away = await eve.get("/jobs")
        await machine.come_back()
        job_id = await add_one(owner, eve)
        heard = await anext(events)

    assert away.status_code == 503
    assert jobs_of([heard]) == [job_id]
