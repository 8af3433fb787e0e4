import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.support import HANG_SECONDS, Command, Site, environment

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., Command]


@contextmanager
def short_lived_folder() -> Iterator[Path]:
    """A working folder that the account of the database can enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="rushes-cli-", dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_lived_folder() as path:
        yield path


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


@pytest.fixture(scope="session")
def up() -> Iterator[Site]:
    """A running `rushes up` that tests only look at."""
    with short_lived_folder() as folder:
        home = folder / "a home"
        command = Command(["up"], folder=folder, variables={"HOME": str(home), "PORT": "0"})
        try:
            address = command.read_until(r"Rushes is ready: (\S+)")[1]
            yield Site(command=command, home=home, address=address)
        finally:
            command.close()


@pytest.fixture(scope="session")
def demo() -> Iterator[Site]:
    """A running `rushes demo` that has made its video, and that tests only look at."""
    with short_lived_folder() as folder:
        home = folder / "a home"
        command = Command(["demo"], folder=folder, variables={"HOME": str(home), "PORT": "0"})
        try:
            address = command.read_until(r"Rushes runs on (\S+)")[1]
            command.read_until("The site runs until Ctrl-C.")
            yield Site(command=command, home=home, address=address)
        finally:
            command.close()
