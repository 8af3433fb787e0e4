import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rushes.embedded.binaries import find_programs
from rushes.embedded.cluster import create_cluster
from rushes.embedded.server import EmbeddedPostgres
from rushes.errors import EmbeddedDatabaseError
from tests.embedded.support import OwnerProcess, User

HALF_MADE = ("init", "data", "password")


@pytest.fixture
def tiny_disk(folder: Path, as_root: None) -> Iterator[Path]:
    """A file system with room for half a database."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("may not mount a file system here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_start_names_the_folder_when_the_low_account_cannot_enter_it(as_root: None, folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)

    with pytest.raises(EmbeddedDatabaseError, match=f"cannot enter {private} .*chmod o\\+x {private}"):
        EmbeddedPostgres(private / "postgres").start()


def test_start_refuses_when_the_data_is_of_another_version(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    home.chmod(0o711)
    os.chown(home / "data", *_low_ids())
    (home / "data/PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedDatabaseError, match=r"made by PostgreSQL 17, and this is PostgreSQL 18\."):
        EmbeddedPostgres(home).start()


def test_start_refuses_when_the_folder_holds_something_else(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    home.chmod(0o711)
    os.chown(home / "data", *_low_ids())
    (home / "data/diary.txt").write_text("mine")

    with pytest.raises(EmbeddedDatabaseError, match="no PG_VERSION"):
        EmbeddedPostgres(home).start()

    assert (home / "data/diary.txt").read_text() == "mine"


def test_start_refuses_when_the_password_is_gone(database: EmbeddedPostgres, home: Path) -> None:
    database.start()
    database.stop()
    (home / "password").unlink()

    with pytest.raises(EmbeddedDatabaseError, match=f"missing from {home}/password"):
        database.start()


def test_start_refuses_when_the_folder_is_read_only(
    owner: Callable[..., OwnerProcess], ordinary: User, folder: Path
) -> None:
    starter = owner(user=ordinary)
    folder.chmod(0o555)

    answer = starter.start()

    folder.chmod(0o755)
    assert "Permission denied" in answer["error"]
    assert "write access" in answer["error"]


def test_start_refuses_when_the_database_belongs_to_another_account(
    as_root: None, owner: Callable[..., OwnerProcess], ordinary: User, folder: Path, home: Path
) -> None:
    home.mkdir()
    assert ordinary.uid
    assert ordinary.gid
    os.chown(home, ordinary.uid, ordinary.gid)
    (home / "data").mkdir()

    answer = owner(user=ordinary).start()

    assert "belongs to the account root" in answer["error"]


def test_start_refuses_when_root_is_given_the_folder_of_another(
    as_root: None, ordinary: User, folder: Path
) -> None:
    with pytest.raises(EmbeddedDatabaseError, match=r"belongs to the account nobody"):
        EmbeddedPostgres(folder).start()


def test_start_refuses_when_root_owns_the_data(as_root: None, home: Path) -> None:
    (home / "data").mkdir(parents=True)

    with pytest.raises(EmbeddedDatabaseError, match=f"chown -R postgres {home}/data"):
        EmbeddedPostgres(home).start()


def test_start_refuses_when_the_user_id_has_no_account(
    owner: Callable[..., OwnerProcess], nameless: User
) -> None:
    answer = owner(user=nameless).start()

    assert "54321 has no entry in /etc/passwd" in answer["error"]


def test_start_leaves_nothing_half_made_when_the_disk_is_full(tiny_disk: Path) -> None:
    home = tiny_disk / "postgres"

    with pytest.raises(EmbeddedDatabaseError, match="No space left on device"):
        EmbeddedPostgres(home).start()

    assert not _names(home).intersection(HALF_MADE)


def test_start_leaves_nothing_half_made_when_files_may_not_grow(
    owner: Callable[..., OwnerProcess], ordinary: User, home: Path
) -> None:
    answer = owner("--largest-file=100000", user=ordinary).start()

    assert "could not make its files; nothing was left behind" in answer["error"]
    assert not _names(home).intersection(HALF_MADE)


def test_create_cluster_leaves_nothing_when_it_takes_too_long(folder: Path) -> None:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)

    with pytest.raises(EmbeddedDatabaseError, match="did not finish"):
        create_cluster(folder, programs=find_programs(), account=None, lock=lock, timeout_seconds=0.0001)

    os.close(lock)
    assert _names(folder) == {"lock"}


def test_start_gives_up_when_another_holds_the_lock_and_does_not_answer(home: Path) -> None:
    home.mkdir()
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(EmbeddedDatabaseError, match=f"fuser {home}/lock"):
            EmbeddedPostgres(home, timeout_seconds=0.1).start()


def test_start_gives_up_when_postgres_is_not_ready_in_time(database: EmbeddedPostgres, home: Path) -> None:
    database.start()
    database.stop()
    hurried = EmbeddedPostgres(home, timeout_seconds=0)

    with pytest.raises(EmbeddedDatabaseError, match="not ready within 0 seconds"):
        hurried.start()

    assert database.start().owned


def test_start_refuses_when_a_file_stands_in_the_way(home: Path) -> None:
    home.write_text("a file")

    with pytest.raises(EmbeddedDatabaseError, match="Not a directory"):
        EmbeddedPostgres(home).start()


def test_start_refuses_when_the_path_has_a_line_break(folder: Path) -> None:
    with pytest.raises(EmbeddedDatabaseError, match="line break"):
        EmbeddedPostgres(folder / "two\nlines").start()


def _low_ids() -> tuple[int, int]:
    """An account that is not root, or the current one."""
    return (65534, 65534) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
