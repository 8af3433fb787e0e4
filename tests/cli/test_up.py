import signal
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Run, Start
from tests.cli.support import SECRET, get, wait_until_gone

ADDRESS = r"Rushes is ready: (\S+)"


def test_up_prints_an_address_that_answers(start: Start) -> None:
    up = start("up")

    address = up.read_until(ADDRESS)[1]

    assert get(f"{address}/healthz").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_up_ends_in_order_when_told_to_stop(start: Start, number: signal.Signals) -> None:
    up = start("up")
    up.read_until(ADDRESS)
    processes = up.tree()

    status = up.end(number)

    assert status == 0
    wait_until_gone(processes)
    assert "Traceback" not in up.errors()


def test_up_that_was_killed_leaves_no_process_and_starts_again(start: Start) -> None:
    killed = start("up")
    killed.read_until(ADDRESS)
    processes = killed.tree()

    killed.end(signal.SIGKILL)

    wait_until_gone(processes)
    address = start("up").read_until(ADDRESS)[1]
    assert get(f"{address}/healthz").status_code == 200


def test_up_keeps_its_files_private(start: Start, home: Path) -> None:
    start("up").read_until(ADDRESS)

    assert (home / "secret").stat().st_mode & 0o777 == 0o600
    assert (home / "storage").stat().st_mode & 0o777 == 0o700


def test_up_keeps_its_secret(start: Start, home: Path) -> None:
    first = start("up")
    first.read_until(ADDRESS)
    secret = (home / "secret").read_text()
    first.end()

    start("up").read_until(ADDRESS)

    assert (home / "secret").read_text() == secret


def test_up_removes_its_scratch_folder(start: Start, home: Path) -> None:
    up = start("up")
    up.read_until(ADDRESS)

    up.end()

    assert not list((home / "scratch").iterdir())


def test_up_removes_the_scratch_folder_of_a_killed_worker(start: Start, home: Path) -> None:
    killed = start("up")
    killed.read_until(ADDRESS)
    processes = killed.tree()
    killed.end(signal.SIGKILL)
    wait_until_gone(processes)
    orphans = set((home / "scratch").glob("worker-*/"))

    start("up").read_until(ADDRESS)

    assert orphans
    assert not orphans & set((home / "scratch").iterdir())


def test_up_on_a_taken_port_says_so(start: Start, run: Run) -> None:
    address = start("up").read_until(ADDRESS)[1]

    ended = run("up", "--port", str(httpx.URL(address).port))

    assert ended.returncode == 1
    assert "is taken. Stop the program that has it, or name another with --port." in ended.stderr


def test_second_up_joins_the_database_of_the_first_and_says_so(start: Start) -> None:
    start("up").read_until(ADDRESS)

    second = start("up")

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
