import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rushes.embedded.server import EmbeddedPostgres
from tests.embedded.support import OwnerProcess, User


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="rushes-embedded-", dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def home(folder: Path) -> Path:
    return folder / "postgres"


@pytest.fixture
def database(home: Path) -> Iterator[EmbeddedPostgres]:
    """A server that is not started yet, and stopped in the end."""
    server = EmbeddedPostgres(home)
    yield server
    server.stop()


@pytest.fixture
def owner(home: Path) -> Iterator[Callable[..., OwnerProcess]]:
    """Make processes that start the database in `home`."""
    owners: list[OwnerProcess] = []

    def make(*options: str, **details: Any) -> OwnerProcess:
        owners.append(OwnerProcess(home, *options, **details))
        return owners[-1]

    yield make
    for process in owners:
        process.end()


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture
def ordinary(folder: Path) -> User:
    """An ordinary user, to whom `folder` belongs."""
    if os.geteuid() != 0:
        return User(uid=None, gid=None)
    entry = pwd.getpwnam("nobody")
    user = User(uid=entry.pw_uid, gid=entry.pw_gid)
    _skip_unless_runnable(user)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return user


@pytest.fixture
def nameless(folder: Path, as_root: None) -> User:
    """A user id without an account, as containers are often given."""
    user = User(uid=54321, gid=54321)
    _skip_unless_runnable(user)
    os.chown(folder, 54321, 54321)
    return user


def _skip_unless_runnable(user: User) -> None:
    command = [sys.executable, "-B", "-c", "import rushes.embedded.server"]
    try:
        subprocess.run(
            command,
            user=user.uid,
            group=user.gid,
            extra_groups=[],
            cwd="/",
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"user id {user.uid} cannot read {sys.executable} or this source tree")
