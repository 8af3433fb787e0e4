import signal
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Run, Start
from tests.cli.support import SECRET, Site, get, wait_until_gone

ADDRESS = r"Rushes is ready: (\S+)"


def test_up_prints_an_address_that_answers(up: Site) -> None:
    answer = get(f"{up.address}/healthz")

    assert answer.status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_up_ends_in_order_when_told_to_stop(start: Start, home: Path, number: signal.Signals) -> None:
    up = start("up")
    up.read_until(ADDRESS)
    processes = up.tree()

    status = up.end(number)

    assert status == 0
    wait_until_gone(processes)
    assert not list((home / "scratch").iterdir())
    assert "Traceback" not in up.errors()


def test_up_that_was_killed_leaves_no_process_and_starts_again(start: Start, home: Path) -> None:
    killed = start("up")
    killed.read_until(ADDRESS)
    processes, secret = killed.tree(), (home / "secret").read_text()
    scratch = set((home / "scratch").glob("worker-*/"))

    killed.end(signal.SIGKILL)

    wait_until_gone(processes)
    address = start("up").read_until(ADDRESS)[1]
    assert get(f"{address}/healthz").status_code == 200
    assert (home / "secret").read_text() == secret
    assert scratch
    assert not scratch & set((home / "scratch").iterdir())


def test_up_keeps_its_files_private(up: Site) -> None:
    assert (up.home / "secret").stat().st_mode & 0o777 == 0o600
    assert (up.home / "storage").stat().st_mode & 0o777 == 0o700


def test_up_on_a_taken_port_says_so(up: Site, run: Run) -> None:
    ended = run("up", "--port", str(httpx.URL(up.address).port))

    assert ended.returncode == 1
    assert "is taken. Stop the program that has it, or name another with --port." in ended.stderr


def test_second_up_joins_the_database_of_the_first_and_says_so(up: Site, start: Start) -> None:
    second = start("up", HOME=str(up.home))

    second.read_until(ADDRESS)
    assert "was started by another command, and ends with that one" in second.errors()


def test_up_uses_a_database_of_the_operator(start: Start, home: Path, empty_database_url: str) -> None:
    up = start("up", DATABASE_URL=empty_database_url, SECRET=SECRET)

    address = up.read_until(ADDRESS)[1]

    assert get(f"{address}/healthz").status_code == 200
    assert not (home / "postgres").exists()


def test_up_with_a_database_of_the_operator_wants_a_secret(run: Run, empty_database_url: str) -> None:
    ended = run("up", "--port", "0", DATABASE_URL=empty_database_url)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("rushes: RUSHES_SECRET is required")


def test_up_in_a_folder_that_cannot_be_made_says_so(run: Run, folder: Path) -> None:
    (folder / "file").write_text("")

    ended = run("up", "--port", "0", "--home", str(folder / "file" / "home"))

    assert ended.returncode == 1
    assert str(folder / "file") in ended.stderr
    assert "Traceback" not in ended.stderr
