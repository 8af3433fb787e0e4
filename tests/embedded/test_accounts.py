import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rushes.embedded.account import choose_account, first_blocked, run_as
from rushes.embedded.binaries import copy_programs, find_programs
from rushes.embedded.home import default_home
from rushes.embedded.log import ServerLog
from rushes.embedded.server import EmbeddedPostgres
from tests.embedded.support import OwnerProcess, User, ask, postgres_process

PRINT_DEFAULT_HOME = "from rushes.embedded.home import default_home; print(default_home())"


def test_postgres_runs_under_the_owner_of_the_data_when_started_by_root(
    as_root: None, database: EmbeddedPostgres, home: Path
) -> None:
    database.start()

    account = choose_account(home / "data")

    assert account
    assert account.uid != 0
    assert postgres_process(home).uids().real == account.uid


def test_start_copies_the_programs_when_the_low_account_cannot_reach_them(
    as_root: None, owner: Callable[..., OwnerProcess], folder: Path, home: Path
) -> None:
    package = find_programs().parents[1]
    private = folder / "private"
    private.mkdir(mode=0o700)
    (private / package.name).symlink_to(package)
    (private / f"{package.name}.libs").symlink_to(f"{package}.libs")

    connection = owner(env={**os.environ, "PYTHONPATH": str(private)}).start()

    assert ask(connection["url"], "SELECT 1") == 1
    assert postgres_process(home).exe().startswith(str(home / "programs"))


def test_copied_programs_are_kept_until_the_version_changes(as_root: None, folder: Path) -> None:
    (folder / "programs/17.0").mkdir(parents=True)

    first = copy_programs(find_programs(), into=folder / "programs")
    second = copy_programs(find_programs(), into=folder / "programs")

    account = choose_account(folder / "data")
    assert account
    assert first == second
    assert not (folder / "programs/17.0").exists()
    assert first_blocked(first / "postgres", account) is None
    assert "18" in run_as(account, [str(first / "postgres"), "--version"], timeout_seconds=30).stdout


def test_default_home_is_the_system_folder_when_root(as_root: None) -> None:
    assert default_home() == Path("/var/lib/rushes")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HOME": "/home/ada"}, "/home/ada/.local/share/rushes"),
        ({"HOME": "/home/ada", "XDG_DATA_HOME": "/data"}, "/data/rushes"),
        ({"HOME": "/home/ada", "XDG_DATA_HOME": "relative"}, "/home/ada/.local/share/rushes"),
    ],
)
def test_default_home_is_the_users_own_when_not_root(
    ordinary: User, environment: dict[str, str], expected: str
) -> None:
    printed = _print_default_home(ordinary, environment)

    assert printed.stdout.strip() == expected


def test_default_home_says_so_when_the_user_has_none(nameless: User) -> None:
    printed = _print_default_home(nameless, {})

    assert "set XDG_DATA_HOME" in printed.stderr


def test_log_is_set_aside_when_it_grew_too_large(folder: Path) -> None:
    file = folder / "postgres.log"
    file.touch()
    os.truncate(file, 9_000_000)

    ServerLog(file).open().close()

    assert file.stat().st_size == 0
    assert (folder / "postgres.log.1").stat().st_size == 9_000_000


def test_log_tail_is_what_the_last_start_wrote(folder: Path) -> None:
    log = ServerLog(folder / "postgres.log")
    log.file.write_text("an old complaint\n")

    with log.open() as stream:
        stream.write(b"a new one\n")

    assert log.tail() == "\na new one"


def _print_default_home(user: User, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-c", PRINT_DEFAULT_HOME],
        user=user.uid,
        group=user.gid,
        extra_groups=None if user.uid is None else [],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
