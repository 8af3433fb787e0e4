"""The code of the page on the client runs as it stands there."""

import asyncio
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import rushes.client
from rushes.cli.reporting import Status
from rushes.client import ClientError

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
PAGE = (PAGES / "python-client.md").read_text()
BLOCKS = re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
RUNNING = [block for block in BLOCKS if "rushes.wait(" not in block]


def test_page_shows_five_pieces_of_code_of_which_four_run() -> None:
    assert len(RUNNING) == 5
    assert len(BLOCKS) == 6


@pytest.mark.parametrize("block", RUNNING, ids=range(len(RUNNING)))
async def test_code_of_the_page_runs(
    block: str, address: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reference.png").write_bytes((files("rushes.samples") / "reference.png").read_bytes())
    (tmp_path / "motion.mp4").write_bytes((files("rushes.samples") / "motion.mp4").read_bytes())
    monkeypatch.setenv("RUSHES_URL", address)
    monkeypatch.setenv("RUSHES_API_KEY", key)

    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", block],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr


def test_page_names_every_error() -> None:
    errors = {name for name in rushes.client.__all__ if name in PAGE}
    known = {
        name
        for name in rushes.client.__all__
        if isinstance(kind := getattr(rushes.client, name), type) and issubclass(kind, ClientError)
    }

    assert known - errors == {"JobNotCompleted"}, "that is raised by commands"


def test_page_of_commands_lists_every_exit_status() -> None:
    listed = re.findall(r"^\| (\d+) \|", (PAGES / "command-line.md").read_text(), re.MULTILINE)

    assert [int(status) for status in listed] == sorted(Status)
