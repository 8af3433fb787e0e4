"""Starts a child process within limits, follows what it says, and ends it with all that it started."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog

from rushes.engines.child import wire
from rushes.engines.child.kinds import ChildKind
from rushes.engines.child.limits import Limits, environment_of
from rushes.errors import EngineError, EngineTimeout

LOG_BYTES: Final = 16 * 1024

_GONE_SECONDS: Final = 5.0
_DRAIN_SECONDS: Final = 2.0
_SCRATCH_LOOK_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.01

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a child ended: its exit status (negative: the signal) and the last of what it printed."""

    status: int
    log: str


@dataclass(slots=True, kw_only=True)
class Child:
    """A child that has been started and confines itself; `run` or `discard` ends it."""

    process: asyncio.subprocess.Process
    requests: BinaryIO
    events: asyncio.StreamReader
    log: asyncio.StreamReader
    replies: int
    control: int
    opened: contextlib.ExitStack
    tail: bytearray = field(default_factory=bytearray)

    def ask(self, request: bytes) -> None:
        """Hand over its request, and tell it that there is one."""
        # Behind the first line; the child shares the file's position, which is its own to move.
        os.pwrite(self.requests.fileno(), request, os.fstat(self.requests.fileno()).st_size)
        self.requests.close()
        self.reply()

    def reply(self) -> None:
        """Tell it that what it waits for is done; one that has died meanwhile reads no reply.

        Raises:
            EngineError: It never read the replies to thousands of messages.
        """
        try:
            os.write(self.replies, b"\n")
        except BrokenPipeError:
            pass
        except BlockingIOError as error:
            raise EngineError("The engine does not wait until its checkpoints are saved.") from error

    def is_alive(self) -> bool:
        """Ask the kernel, which knows it before the event loop does."""
        try:
            return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    def kill(self) -> None:
        """Have its supervisor kill it with all that it has started."""
        with contextlib.suppress(BrokenPipeError, BlockingIOError):
            os.write(self.control, b"\n")


OnLine = Callable[[bytes], Awaitable[None] | None]


async def start(kind: ChildKind, *, ahead: bool = False) -> Child:
    """Start `rushes.engines.child.main`; one `ahead` of its request imports meanwhile what it will need."""
    with contextlib.ExitStack() as opened, contextlib.ExitStack() as given:
        events, events_end = await _open_pipe(opened, given)
        log, log_end = await _open_pipe(opened, given)
        control_end, control = _open_way_in(opened, given)
        replies_end, replies = _open_way_in(opened, given)
        requests = _open_requests(opened, wire.encode({**asdict(kind), "ahead": ahead}))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "rushes.engines.child.main"),
            *map(str, (events_end, control_end, replies_end)),
            stdin=requests,
            stdout=log_end,
            stderr=log_end,
            pass_fds=(events_end, control_end, replies_end),
            start_new_session=True,
            cwd="/",
            env=environment_of(kind.limits),
        )
        return Child(
            process=process,
            requests=requests,
            events=events,
            log=log,
            replies=replies,
            control=control,
            opened=opened.pop_all(),
        )


async def discard(child: Child) -> None:
    """End a child that was asked for nothing, with all that it has started."""
    await _uninterrupted(_end(child, grace_seconds=0.0))


async def run(child: Child, request: bytes, *, workdir: Path, limits: Limits, on_line: OnLine) -> Exit:
    """Give a child its request, which names `workdir`, and follow it until all that it has started is gone.

    `on_line` gets each line that the child sends, `wire.LINE_BYTES` at most; what it raises ends the child.
    If it returns something to wait for, the child gets a reply when that is done. Cancelling asks the child
    to stop, and kills it after the grace.

    Raises:
        EngineTimeout: It took longer than `limits.wall_seconds`.
        EngineError: It sent an endless line or filled its folder.
    """
    grace = 0.0
    try:
        child.ask(request)
        async with asyncio.timeout(limits.wall_seconds):
            await _follow(child, workdir=workdir, limits=limits, on_line=on_line)
    except TimeoutError as error:
        raise EngineTimeout(f"The run took longer than its limit of {limits.wall_seconds:g} s.") from error
    except asyncio.CancelledError:
        grace = limits.grace_seconds
        raise
    finally:
        await _uninterrupted(_end(child, grace_seconds=grace))
    return Exit(status=child.process.returncode or 0, log=child.tail.decode(errors="replace"))


def _open_way_in(opened: contextlib.ExitStack, given: contextlib.ExitStack) -> tuple[int, int]:
    """Return the ends of a pipe to the child: its own, and ours."""
    reading, writing = os.pipe()
    # The event loop must not wait for a child that reads nothing.
    os.set_blocking(writing, False)
    given.callback(os.close, reading)
    opened.callback(os.close, writing)
    return reading, writing


async def _open_pipe(
    opened: contextlib.ExitStack, given: contextlib.ExitStack
) -> tuple[asyncio.StreamReader, int]:
    reading, writing = os.pipe()
    given.callback(os.close, writing)
    reader = asyncio.StreamReader(limit=wire.LINE_BYTES)
    # Not asyncio's own pipes: with those, waiting for the exit can last until the last descendant's end.
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
    )
    opened.callback(transport.close)
    return reader, writing


def _open_requests(opened: contextlib.ExitStack, first: bytes) -> BinaryIO:
    # In memory, and not a pipe, which would make us wait for a child that does not read yet.
    file = opened.enter_context(os.fdopen(os.memfd_create("requests"), "r+b", buffering=0))
    file.write(first)
    file.seek(0)
    return file


async def _follow(child: Child, *, workdir: Path, limits: Limits, on_line: OnLine) -> None:
    """Hand on the child's lines until it has exited; whatever fails first is raised."""
    ended = asyncio.create_task(child.process.wait())
    lines = asyncio.create_task(_each_line(child, on_line))
    log = asyncio.create_task(_keep_tail(child.log, child.tail))
    scratch = asyncio.create_task(_guard_scratch(workdir, limits))
    waiting: set[asyncio.Task[Any]] = {ended, lines, log, scratch}
    try:
        while not ended.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        # The pipes end with the last process that has them, and its supervisor has outlived them all.
        done, _ = await asyncio.wait({lines, log}, timeout=_DRAIN_SECONDS)
        for task in done:
            task.result()
    finally:
        for task in (ended, lines, log, scratch):
            task.cancel()
        await asyncio.gather(ended, lines, log, scratch, return_exceptions=True)


async def _each_line(child: Child, on_line: OnLine) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            try:
                line = await child.events.readuntil(b"\n")
            except asyncio.LimitOverrunError as error:
                raise EngineError("The engine sent a line that is too long.") from error
            if (answer := on_line(line)) is not None:
                await answer
                child.reply()


async def _keep_tail(reader: asyncio.StreamReader, tail: bytearray) -> None:
    while piece := await reader.read(LOG_BYTES):
        tail += piece
        del tail[:-LOG_BYTES]


async def _guard_scratch(workdir: Path, limits: Limits) -> None:
    while await asyncio.to_thread(_folder_bytes, workdir) <= limits.scratch_bytes:  # noqa: ASYNC110 — no event says so
        await asyncio.sleep(_SCRATCH_LOOK_SECONDS)
    raise EngineError(f"The engine filled its folder with more than {limits.scratch_bytes} bytes.")


def _folder_bytes(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total


async def _uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Finish the work even if this task is cancelled meanwhile; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()


async def _end(child: Child, *, grace_seconds: float) -> None:
    with child.opened:
        if grace_seconds and child.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()
            await _until_exit(child.process, seconds=grace_seconds)
        child.kill()
        await _until_exit(child.process, seconds=_GONE_SECONDS)
        await _kill_group(child.process.pid)


async def _kill_group(group: int) -> None:
    """Kill what lives of a group whose supervisor was killed itself, or does not answer."""
    try:
        async with asyncio.timeout(_GONE_SECONDS):
            while _has_living_members(group):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
                await asyncio.sleep(_POLL_SECONDS)  # the kernel tells of no group's end
    except TimeoutError:
        _log.error("engine.group_survived", group=group)


async def _until_exit(process: asyncio.subprocess.Process, *, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.wait()


def _has_living_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    # What is left may be dead and only waiting for an init process that never collects it.
    return any(_is_living_member(stat, group) for stat in Path("/proc").glob("[0-9]*/stat"))


def _is_living_member(stat: Path, group: int) -> bool:
    try:
        # The name before the last parenthesis may hold anything; state and group are the fields 3 and 5.
        state, _, its_group = stat.read_bytes().rpartition(b")")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return int(its_group) == group and state not in (b"Z", b"X")
