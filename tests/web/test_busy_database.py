"""What a request is told while others keep the database busy: held locks stand for slow searches."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from rushes.cli.wiring import WEB_STATEMENT_LIMIT, WEB_WAIT
from rushes.db.pool import WEB_ROLE, Database, open_database
from rushes.web.services import Services
from tests.factories import fetch_value
from tests.web.people import make_person
from tests.web.site import started, visiting

LOCK_JOBS = "LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"
BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND application_name = 'rushes_web' AND datname = current_database()
"""


async def until_blocked(owner: Database, count: int) -> None:
    async with asyncio.timeout(30):
        while await fetch_value(owner, BLOCKED) < count:
            pass


def assert_come_back(answer: httpx.Response, words: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "database_unavailable")
    assert words in problem["detail"]
    assert answer.headers["retry-after"] == "5"


async def test_while_searches_hold_every_connection_others_are_told_to_come_back(
    services: Services, owner: Database, database_url: str
) -> None:
    narrow = await open_database(database_url, role=WEB_ROLE, connections=2, wait=timedelta(milliseconds=200))

    async with started(replace(services, database=narrow)) as app, visiting(app) as client:
        ada, bob = await make_person(owner, client), await make_person(owner, client)
        async with owner.transaction() as tx:
            await tx.execute(LOCK_JOBS)
            searches = [asyncio.create_task(ada.get("/jobs", q="fox")) for _ in range(2)]
            await until_blocked(owner, 2)
            refused = await bob.get("/me")
        found = [(await search).status_code for search in searches]
        served = await bob.get("/me")
    await narrow.close()

    assert_come_back(refused, "no connection to it became free")
    assert (found, served.status_code) == ([200, 200], 200)


@pytest.mark.parametrize("path", ["/jobs", "/jobs/active", "/videos"])
async def test_what_takes_the_database_too_long_ends(
    services: Services, owner: Database, database_url: str, path: str
) -> None:
    hasty = await open_database(database_url, role=WEB_ROLE, statement_limit=timedelta(milliseconds=200))

    async with started(replace(services, database=hasty)) as app, visiting(app) as client:
        ada = await make_person(owner, client)
        async with owner.transaction() as tx:
            await tx.execute(f"{LOCK_JOBS}; LOCK TABLE videos IN ACCESS EXCLUSIVE MODE")
            refused = await ada.get(path)
        served = await ada.get(path)
    await hasty.close()

    assert_come_back(refused, "takes too long")
    assert served.status_code == 200


def test_a_request_waits_longer_for_a_connection_than_another_can_keep_it_with_one_statement() -> None:
    assert WEB_WAIT > WEB_STATEMENT_LIMIT
