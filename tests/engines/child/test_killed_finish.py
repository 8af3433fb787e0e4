import asyncio
from pathlib import Path

import pytest

from rushes.errors import EngineCrashed
from tests.engines.driving import Watcher, kill_child, processes_in, request_in, run


async def working_in_the_finish(workdir: Path) -> Path:
    """Wait for the child that finishes an output, and return its folder."""
    while not (folders := [each for each in workdir.glob("finish-*") if processes_in(each)]):  # noqa: ASYNC110 — no event tells of a process's birth
        await asyncio.sleep(0)
    return folders[0]


async def test_child_killed_in_the_finish_is_a_crash_that_may_be_tried_again(tmp_path: Path) -> None:
    making = asyncio.create_task(run("Good", request_in(tmp_path), watcher=Watcher()))
    async with asyncio.timeout(60):
        folder = await working_in_the_finish(tmp_path)

    kill_child(folder)

    with pytest.raises(EngineCrashed, match="SIGKILL") as crash:
        await making
    assert crash.value.retryable
    assert processes_in(tmp_path) == []
