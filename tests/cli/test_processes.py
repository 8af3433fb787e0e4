"""`rushes serve` and `rushes work`, apart."""

import pytest

from tests.cli.conftest import Run, Start
from tests.cli.support import SECRET, get


def test_serve_prints_an_address_that_answers(start: Start, database_url: str) -> None:
    serve = start("serve", DATABASE_URL=database_url, SECRET=SECRET)

    address = serve.read_until(r"Serving: (\S+)")[1]

    assert get(f"{address}/healthz").status_code == 200
    assert serve.end() == 0


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
