import os
import subprocess
import sys

import pytest
from typer.main import get_group

from rushes.cli.main import app
from tests.cli.conftest import Run

LINES = 40
ROOT = get_group(app)
COMMANDS = [
    [],
    *[[name] for name in ROOT.commands],
    *[[name, inner] for name in ROOT.commands for inner in getattr(ROOT.commands[name], "commands", ())],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_a_screen_and_has_an_example(run: Run, command: list[str]) -> None:
    ended = run(*command, "--help")

    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) <= LINES
    assert f"Example: {' '.join(['rushes', *command])}".strip() in ended.stdout.replace(
        "RUSHES_DATABASE_URL=postgresql://… ", ""
    )


def test_version_is_told(run: Run) -> None:
    assert run("--version").stdout.startswith("rushes 0.")


def test_help_imports_no_arrays_codecs_or_web_framework() -> None:
    program = (
        "import sys, rushes.cli.main; "
        "print({'numpy', 'cv2', 'av', 'PIL', 'fastapi', 'asyncpg', 'pydantic'} & set(sys.modules))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True
    )

    assert ended.stdout == "set()\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["upp"], "Did you mean 'up'"), (["up", "--port", "x"], "--port"), (["up", "more"], "unexpected")],
)
def test_wrong_call_ends_with_2_and_says_why(run: Run, arguments: list[str], says: str) -> None:
    ended = run(*arguments)

    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_wrong_setting_ends_with_1_and_one_line(run: Run) -> None:
    ended = run("migrate", WORKER_SLOTS="many")

    assert ended.returncode == 1
    assert ended.stderr == (
        "rushes: worker.slots (RUSHES_WORKER_SLOTS): should be a valid integer, not 'many'.\n"
    )


def test_debug_shows_where_an_error_comes_from(run: Run) -> None:
    ended = run("--debug", "migrate", WORKER_SLOTS="many")

    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
