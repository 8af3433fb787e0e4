import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.support import HANG_SECONDS, Command, environment

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., Command]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A working folder that the account of the database can enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="rushes-cli-", dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def home(folder: Path) -> Path:
    return folder / "a home"


@pytest.fixture
def run(folder: Path, home: Path) -> Run:
    """Run a command to its end; keyword arguments are settings."""

    def run_command(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rushes", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment({"HOME": str(home), **settings}),
            timeout=HANG_SECONDS,
            check=False,
        )

    return run_command


@pytest.fixture
def start(folder: Path, home: Path) -> Iterator[Start]:
    """Start commands that run until they are told to stop; keyword arguments are settings."""
    commands: list[Command] = []

    def start_command(*arguments: str, **settings: str) -> Command:
        variables = {"HOME": str(home), "PORT": "0", **settings}
        commands.append(Command(arguments, folder=folder, variables=variables))
        return commands[-1]

    yield start_command
    for command in reversed(commands):
        command.close()
