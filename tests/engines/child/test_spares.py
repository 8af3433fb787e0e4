import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from rushes.engines.child import sandbox
from rushes.engines.child.kinds import ChildKind
from rushes.engines.child.limits import Limits
from rushes.engines.child.runner import FINISH_LIMITS, ChildRunner
from rushes.engines.child.spares import Spares
from rushes.engines.child.wire import Program
from tests.engines.driving import Watcher, close, gone, kind_of_run, request_in, run, running
from tests.engines.fakes import ENGINES

FINISH = ChildKind(program=Program.FINISH, limits=FINISH_LIMITS)


@pytest.fixture
async def spares() -> AsyncIterator[Spares]:
    async with Spares() as spares:
        yield spares


def children() -> set[int]:
    """Return the processes of this test that run a child's program."""
    return {
        process.pid
        for process in psutil.Process().children()
        if "rushes.engines.child.main" in command_of(process)
    }


def command_of(process: psutil.Process) -> list[str]:
    """Return how a process was called; nothing if it has just ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


async def started(spares: Spares, kind: ChildKind) -> int:
    """Have a spare started, and return its process."""
    before = children()
    spares.replace(kind)
    while not (new := children() - before):  # noqa: ASYNC110 - no event tells of a process's birth
        await asyncio.sleep(0)
    [pid] = new
    return pid


async def test_run_is_given_to_the_spare(tmp_path: Path, spares: Spares) -> None:
    watcher = Watcher()
    pid = await started(spares, kind_of_run("Hanging"))

    work = asyncio.create_task(run("Hanging", request_in(tmp_path), watcher=watcher, spares=spares))

    [engine] = await watcher.pids(1)
    assert psutil.Process(engine).ppid() == pid
    work.cancel()
    await asyncio.wait([work])


async def test_each_spare_is_used_once(tmp_path: Path, spares: Spares) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    runner = ChildRunner(engines=ENGINES, limits=Limits(threads=1), spares=spares)
    pid = await started(spares, kind_of_run("Good"))

    await runner.run("Good", request_in(first), on_event=Watcher())
    left = children()
    product = await runner.run("Good", request_in(second), on_event=Watcher())

    assert pid not in left
    assert left
    assert all(each.path.is_relative_to(second) for each in product.artifacts)


@pytest.mark.parametrize(
    "other",
    [
        {"target": "elsewhere:Engine"},
        {"source": "/elsewhere"},
        {"limits": Limits(threads=1, network=True)},
        {"limits": Limits(threads=2)},
        {"limits": Limits(threads=1, memory_bytes=2**30)},
        {"limits": Limits(threads=1, open_files=100)},
        {"limits": Limits(threads=1, cpu_seconds=10**6)},
        {"limits": Limits(threads=1, environment={"A": "b"})},
    ],
    ids=str,
)
def test_spare_of_another_kind_does_not_serve(other: dict[str, object]) -> None:
    kind = kind_of_run("Good")

    assert not kind.serves(replace(kind, **other))


def test_spare_serves_shorter_runs_in_any_folder() -> None:
    kind = kind_of_run("Good")

    assert kind.serves(kind_of_run("Good", cpu_seconds=1, wall_seconds=1.0, scratch_bytes=1))


async def test_processor_time_of_a_spare_is_lowered_to_the_requests(tmp_path: Path, spares: Spares) -> None:
    await started(spares, kind_of_run("Spinning", cpu_seconds=1000))

    with pytest.raises(Exception, match="used up its 1 s of processor time"):
        await run("Spinning", request_in(tmp_path), spares=spares, cpu_seconds=1)


async def test_run_of_another_kind_leaves_the_spare(tmp_path: Path, spares: Spares) -> None:
    pid = await started(spares, kind_of_run("Good"))

    async with running("Hanging", request_in(tmp_path), pids=1, spares=spares) as (task, _):
        assert pid in children()
        task.cancel()
        await asyncio.wait([task])

    assert pid in children()


async def test_engine_that_is_not_early_gets_no_spare(tmp_path: Path, spares: Spares) -> None:
    late = replace(ENGINES["Good"], early=False)
    runner = ChildRunner(engines={"Good": late}, limits=Limits(threads=1), spares=spares)
    pid = await started(spares, kind_of_run("Good"))

    await runner.run("Good", request_in(tmp_path), on_event=Watcher())

    assert pid in children()


async def test_spare_that_died_is_not_used(tmp_path: Path, spares: Spares) -> None:
    pid = await started(spares, kind_of_run("Good"))

    os.kill(pid, signal.SIGKILL)
    while psutil.pid_exists(pid):  # noqa: ASYNC110 - the spare's owner collects it
        await asyncio.sleep(0)
    product = await run("Good", request_in(tmp_path), spares=spares)

    assert product.engine == "Good"


async def test_spare_whose_engine_cannot_be_imported_tells_it_in_the_run(
    tmp_path: Path, spares: Spares
) -> None:
    broken = replace(ENGINES["Good"], target="tests.engines.nowhere:Good")
    runner = ChildRunner(engines={"Good": broken}, limits=Limits(threads=1), spares=spares)
    await started(spares, replace(kind_of_run("Good"), target=broken.target))

    with pytest.raises(Exception, match="ModuleNotFoundError"):
        await runner.run("Good", request_in(tmp_path), on_event=Watcher())


async def test_no_process_is_left_at_the_end() -> None:
    async with Spares() as spares:
        pids = [await started(spares, kind_of_run("Good")), await started(spares, FINISH)]
        processes = [os.pidfd_open(pid) for pid in pids]

    assert gone(processes) == [True, True]
    close(processes)


async def test_spare_that_nobody_wants_ends() -> None:
    async with Spares(idle_seconds=0.0) as spares:
        process = os.pidfd_open(await started(spares, FINISH))

        ended = await asyncio.to_thread(gone, [process], within_seconds=30)

        assert ended == [True]
        os.close(process)


async def test_spare_ends_with_its_parent() -> None:
    child = await sandbox.start(FINISH, ahead=True)
    process = os.pidfd_open(child.process.pid)

    # As the kernel does it when the parent is killed.
    child.opened.close()

    assert await asyncio.to_thread(gone, [process], within_seconds=30) == [True]
    await child.process.wait()
    os.close(process)
