import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from rushes.embedded.server import EmbeddedPostgres
from rushes.errors import EmbeddedDatabaseError
from tests.embedded.support import (
    OwnerProcess,
    ask,
    keep_note,
    postgres_process,
    read_note,
    wait_until_gone,
)


@pytest.fixture
def stopped_home(database: EmbeddedPostgres, home: Path) -> Path:
    """The folder of a database that was used and stopped."""
    keep_note(database.start().url, "kept")
    database.stop()
    return home


@pytest.fixture
def bystander(stopped_home: Path) -> Iterator[int]:
    """The pid of some other program of the account that PostgreSQL runs under."""
    with subprocess.Popen(
        ["/bin/cat"], stdin=subprocess.PIPE, cwd="/", user=(stopped_home / "data").stat().st_uid
    ) as process:
        yield process.pid


def test_postgres_ends_when_its_owner_is_killed(
    owner: Callable[..., OwnerProcess], database: EmbeddedPostgres, home: Path
) -> None:
    starter = owner()
    keep_note(starter.start()["url"], "kept")
    server = postgres_process(home)

    starter.kill()
    wait_until_gone(server)

    connection = database.start()
    assert connection.owned
    assert read_note(connection.url) == "kept"


def test_postgres_ends_when_its_killed_owner_left_a_child(
    owner: Callable[..., OwnerProcess], home: Path
) -> None:
    starter = owner("--fork")
    child = psutil.Process(starter.start()["child"])
    server = postgres_process(home)

    starter.kill()
    wait_until_gone(server)

    assert child.is_running()
    child.kill()


def test_start_recovers_when_postgres_was_killed(database: EmbeddedPostgres, home: Path) -> None:
    keep_note(database.start().url, "kept")
    server = postgres_process(home)
    server.kill()
    wait_until_gone(server)

    connection = database.start()

    assert connection.owned
    assert read_note(connection.url) == "kept"


def test_another_start_recovers_when_postgres_and_its_watcher_were_killed(
    database: EmbeddedPostgres, home: Path
) -> None:
    keep_note(database.start().url, "kept")
    server = postgres_process(home)
    watcher = server.parent()
    assert watcher
    watcher.kill()
    server.kill()
    wait_until_gone(server)

    with EmbeddedPostgres(home) as another:
        assert read_note(another.start().url) == "kept"


def test_stop_ends_postgres_when_its_watcher_was_killed(database: EmbeddedPostgres, home: Path) -> None:
    database.start()
    server = postgres_process(home)
    watcher = server.parent()
    assert watcher
    watcher.kill()

    database.stop()

    assert not server.is_running()


def test_start_attaches_when_the_watcher_was_killed(database: EmbeddedPostgres, home: Path) -> None:
    url = database.start().url
    watcher = postgres_process(home).parent()
    assert watcher
    watcher.kill()

    attached = EmbeddedPostgres(home).start()

    assert attached.url == url
    assert not attached.owned
    assert ask(attached.url, "SELECT 1") == 1


@pytest.mark.parametrize("content", ["", "12", "not a pid\n" * 7 + "ready\n", "-1\n\n\n5432\n\n\n\nready\n"])
def test_start_works_when_the_pid_file_is_broken(
    database: EmbeddedPostgres, stopped_home: Path, content: str
) -> None:
    (stopped_home / "data/postmaster.pid").write_text(content)

    assert read_note(database.start().url) == "kept"


def test_start_works_when_the_pid_belongs_to_another_program(
    database: EmbeddedPostgres, stopped_home: Path, bystander: int
) -> None:
    data = stopped_home / "data"
    (data / "postmaster.pid").write_text(f"{bystander}\n{data}\n1\n1\n\n127.0.0.1\n1 1\nready   \n")

    assert read_note(database.start().url) == "kept"


def test_start_refuses_when_somebody_serves_the_data_by_hand(
    database: EmbeddedPostgres, stopped_home: Path
) -> None:
    data = stopped_home / "data"
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, cwd=data) as process:
        (data / "postmaster.pid").write_text(f"{process.pid}\n{data}\n")

        with pytest.raises(EmbeddedDatabaseError, match=f"kill -INT {process.pid}"):
            database.start()

    assert (data / "postmaster.pid").exists()


def test_start_begins_anew_when_the_first_one_was_interrupted(database: EmbeddedPostgres, home: Path) -> None:
    half_made = home / "init/data/base"
    half_made.mkdir(parents=True)
    home.chmod(0o711)
    (half_made / "1").write_bytes(os.urandom(100))

    connection = database.start()

    assert ask(connection.url, "SELECT 1") == 1
    assert not (home / "init").exists()
