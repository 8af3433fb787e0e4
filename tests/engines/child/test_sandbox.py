import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from rushes.engines.child.runner import ChildRunner
from rushes.engines.child.spares import Spares
from rushes.errors import EngineCrashed, EngineError, EngineTimeout
from tests.engines.driving import Watcher, close, gone, is_supervised, processes_in, request_in, run, running
from tests.engines.fakes import ENGINES

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["fresh", "spare"])
async def spares(request: pytest.FixtureRequest) -> AsyncIterator[Spares | None]:
    """What each run's child is taken from: nothing, or a child that has started ahead of it."""
    async with Spares() if request.param == "spare" else nullcontext() as kept:
        yield kept


def may_leave_the_network() -> bool:
    code = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({0x50000000:#x}) != 0)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_cancel_lets_an_engine_stop_by_itself(tmp_path: Path, spares: Spares | None) -> None:
    async with running("Hanging", request_in(tmp_path), spares=spares, pids=1, grace_seconds=300) as (
        task,
        processes,
    ):
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert gone(processes) == [True]


async def test_cancel_kills_an_engine_and_its_children_that_do_not_stop(
    tmp_path: Path, spares: Spares | None
) -> None:
    async with running("Stubborn", request_in(tmp_path), spares=spares, pids=3, grace_seconds=0.1) as (
        task,
        processes,
    ):
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert gone(processes) == [True, True, True]
        assert processes_in(tmp_path) == []


async def test_cancel_repeated_still_waits_for_the_end(tmp_path: Path, spares: Spares | None) -> None:
    async with running("Stubborn", request_in(tmp_path), spares=spares, pids=3, grace_seconds=0.3) as (
        task,
        processes,
    ):
        task.cancel()
        await asyncio.wait([task], timeout=0.05)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert gone(processes) == [True, True, True]


async def test_time_limit_kills_the_whole_group(tmp_path: Path, spares: Spares | None) -> None:
    request = request_in(tmp_path, deadline_seconds=2.0)

    async with running("Stubborn", request, spares=spares, pids=3) as (task, processes):
        with pytest.raises(EngineTimeout, match="limit of 2 s"):
            await task

        assert gone(processes) == [True, True, True]


@pytest.mark.parametrize("child", ["fresh", "spare"])
def test_parent_killed_takes_the_whole_group_along(tmp_path: Path, child: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.engines.doomed", str(tmp_path), child], cwd=ROOT, stdout=subprocess.PIPE
    )
    with parent:
        pids = [int(parent.stdout.readline()) for _ in range(3)]
        processes = [os.pidfd_open(pid) for pid in pids]

        parent.kill()

    assert gone(processes, within_seconds=10) == [True, True, True]
    close(processes)


async def test_crash_names_the_signal_and_shows_the_log(tmp_path: Path, spares: Spares | None) -> None:
    watcher = Watcher()

    with pytest.raises(EngineCrashed, match="SIGSEGV") as crash:
        await run("Crashing", request_in(tmp_path), spares=spares, watcher=watcher)

    assert crash.value.retryable
    assert "about to fall" in watcher.texts()


async def test_orphans_of_a_crash_are_killed(tmp_path: Path, spares: Spares | None) -> None:
    async with running("Orphaning", request_in(tmp_path), spares=spares, pids=3) as (task, processes):
        with pytest.raises(EngineCrashed, match="SIGABRT"):
            await task

        assert gone(processes) == [True, True, True]


async def test_cancel_kills_what_has_left_the_session(tmp_path: Path, spares: Spares | None) -> None:
    async with running("Daemonizing", request_in(tmp_path), spares=spares, pids=3, grace_seconds=0.1) as (
        task,
        processes,
    ):
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert gone(processes) == [True, True, True]


async def test_what_an_engine_leaves_behind_is_killed_at_its_good_end(
    tmp_path: Path, spares: Spares | None
) -> None:
    async with running("Abandoning", request_in(tmp_path), spares=spares, pids=3) as (task, processes):
        product = await task

        assert product.artifacts
        assert gone(processes) == [True, True, True]


async def test_an_engine_ends_with_its_supervisor(tmp_path: Path, spares: Spares | None) -> None:
    async with running("Stubborn", request_in(tmp_path), spares=spares, pids=3) as (task, processes):
        (engine, *_) = [psutil.Process(pid) for pid in processes_in(tmp_path) if is_supervised(pid)]

        os.kill(engine.ppid(), signal.SIGKILL)

        with pytest.raises(EngineCrashed, match="SIGKILL"):
            await task
        assert gone(processes) == [True, True, True]


async def test_end_without_an_answer_is_a_crash(tmp_path: Path, spares: Spares | None) -> None:
    with pytest.raises(EngineCrashed, match="without an answer"):
        await run("Quitting", request_in(tmp_path), spares=spares)


async def test_memory_limit_is_told(tmp_path: Path, spares: Spares | None) -> None:
    with pytest.raises(EngineCrashed, match="out of memory") as crash:
        await run("Hog", request_in(tmp_path), spares=spares, memory_bytes=2**30)

    assert crash.value.retryable


async def test_processor_limit_is_a_timeout(tmp_path: Path, spares: Spares | None) -> None:
    with pytest.raises(EngineTimeout, match="processor"):
        await run("Spinning", request_in(tmp_path), spares=spares, cpu_seconds=1)


async def test_file_limit_stops_one_large_file(tmp_path: Path, spares: Spares | None) -> None:
    with pytest.raises(EngineError, match="more than 4194304 bytes"):
        await run("Filler", request_in(tmp_path), spares=spares, file_bytes=2**22)


async def test_scratch_limit_stops_many_files(tmp_path: Path, spares: Spares | None) -> None:
    with pytest.raises(EngineError, match="filled its folder"):
        await run("Scattering", request_in(tmp_path), spares=spares, scratch_bytes=2**22)

    assert processes_in(tmp_path) == []


async def test_child_sees_neither_our_environment_nor_our_descriptors(
    tmp_path: Path, spares: Spares | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSHES_SECRET_KEY", "secret")
    watcher = Watcher()

    await run("Curious", request_in(tmp_path, port=1), spares=spares, watcher=watcher, open_files=100)

    assert "SECRET" not in watcher.texts()
    assert str(tmp_path) in watcher.texts()
    assert watcher.metrics("core") == [0]
    assert watcher.metrics("files") == [100]
    assert watcher.metrics("session") == [1]
    # Input, output, errors, events, replies, and the listing itself.
    assert watcher.metrics("descriptors") == [6]


@pytest.mark.skipif(not may_leave_the_network(), reason="the kernel gives no network namespace here")
async def test_child_reaches_no_network(tmp_path: Path, spares: Spares | None) -> None:
    watcher = Watcher()

    with socket.create_server(("127.0.0.1", 0)) as server:
        await run(
            "Curious", request_in(tmp_path, port=server.getsockname()[1]), spares=spares, watcher=watcher
        )

    assert watcher.metrics("reached") == [0]


async def test_engine_that_is_granted_the_network_reaches_it(tmp_path: Path) -> None:
    watcher = Watcher()
    runner = ChildRunner(engines={"Curious": replace(ENGINES["Curious"], network=True)})

    with socket.create_server(("127.0.0.1", 0)) as server:
        request = request_in(tmp_path, port=server.getsockname()[1])
        await runner.run("Curious", request, on_event=watcher)

    assert watcher.metrics("reached") == [1]


async def test_error_of_the_watcher_ends_the_child(tmp_path: Path, spares: Spares | None) -> None:
    class NoMore(Exception):
        pass

    def refuse(_: object) -> None:
        raise NoMore

    with pytest.raises(NoMore):
        await run("Stubborn", request_in(tmp_path), spares=spares, watcher=refuse)

    assert processes_in(tmp_path) == []


async def test_many_run_at_once_without_touching_each_other(tmp_path: Path, spares: Spares | None) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    bad.mkdir()

    made, crashed = await asyncio.gather(
        run("Good", request_in(good), spares=spares),
        run("Crashing", request_in(bad), spares=spares),
        return_exceptions=True,
    )

    assert made.engine == "Good"
    assert isinstance(crashed, EngineCrashed)
