"""`rushes serve` and `rushes work`, apart."""

import asyncio
import time

import httpx
import pytest

from rushes.db.pool import Database
from tests.cli.conftest import Run, Start
from tests.cli.support import SECRET, get
from tests.web import people
from tests.web.following import all_of
from tests.web.people import make_person, make_queued_job
from tests.web.test_live_access import BIG_EVENTS, EVENTS, deaf, owner_writes
from tests.web.test_sockets import closing, hear, socket_of, tell
from tests.web.test_user_events import stream_of

STOP_SECONDS = 10
"""Open answers get two, which no log tells; the rest is for a machine that is busy with other tests."""


def test_serve_prints_an_address_that_answers(start: Start, database_url: str) -> None:
    serve = start("serve", DATABASE_URL=database_url, SECRET=SECRET)

    address = serve.read_until(r"Serving: (\S+)")[1]

    assert get(f"{address}/healthz").status_code == 200
    assert serve.end() == 0


async def test_serve_ends_in_time_while_clients_hold_on(
    start: Start, database_url: str, owner: Database
) -> None:
    serve = start("serve", DATABASE_URL=database_url, SECRET=people.SECRET.decode())
    address = serve.read_until(r"Serving: (\S+)")[1]

    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        eve = await make_person(owner, client)
        noisy, quiet = await make_queued_job(owner, eve), await make_queued_job(owner, eve)
        async with deaf(eve, EVENTS), stream_of(eve) as events, socket_of(eve, eve.bearer) as socket:
            await tell(socket, subscribe=str(quiet.id))
            await hear(socket)
            await anext(events)
            # More than the sockets between hold: the server waits for who does not read.
            for _ in range(4):
                await owner_writes(owner, BIG_EVENTS, str(noisy.id), str(eve.viewer.user_id), 250)
                assert [(await anext(events)).data["number"] for _ in range(250)] == list(range(1, 251))
            asked_at = time.monotonic()
            status = await asyncio.to_thread(serve.end)
            seconds = time.monotonic() - asked_at
            rest, code = await all_of(events), await closing(socket)

    assert (status, rest) == (0, [])
    assert code in {1001, 1012}
    assert seconds < STOP_SECONDS


def test_work_says_what_it_serves(start: Start, database_url: str) -> None:
    work = start("work", "--lanes", "cpu,gpu", "--slots", "2", DATABASE_URL=database_url)

    line = work.read_until(r"Working: (.*)")[1]

    assert line == "lanes cpu, gpu, slots 2"
    assert "No enabled model uses the lane gpu." in work.errors()
    assert work.end() == 0


def test_work_joins_the_embedded_database_of_serve(start: Start, run: Run) -> None:
    run("migrate")
    serve = start("serve")
    serve.read_until("Serving")

    work = start("work")

    work.read_until("Working: lanes all")
    assert work.end() == 0
    assert serve.end() == 0


@pytest.mark.parametrize("command", ["serve", "work"])
def test_process_on_an_empty_database_asks_for_a_migration(
    run: Run, empty_database_url: str, command: str
) -> None:
    ended = run(command, PORT="0", DATABASE_URL=empty_database_url, SECRET=SECRET)

    assert ended.returncode == 1
    assert "Run `rushes migrate`." in ended.stderr


def test_serve_wants_a_secret(run: Run, database_url: str) -> None:
    ended = run("serve", PORT="0", DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert "RUSHES_SECRET is required" in ended.stderr


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_serve_on_an_address_of_another_machine_says_so(run: Run, database_url: str, host: str) -> None:
    ended = run("serve", "--host", host, DATABASE_URL=database_url, SECRET=SECRET)

    assert ended.returncode == 1
    assert f"cannot listen on {host}" in ended.stderr


def test_log_is_json_where_there_is_no_terminal(start: Start, database_url: str) -> None:
    work = start("work", DATABASE_URL=database_url)
    work.read_until("Working")

    assert '"event": "worker.started"' in work.errors()
