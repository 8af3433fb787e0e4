"""Programs that run for the length of a block, and never longer than the benchmark."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

STOP_SECONDS = 20
TAIL_CHARACTERS = 2000


class ProgramEnded(Exception):
    """A program ended before its work was done."""


@asynccontextmanager
async def running(
    *command: str,
    log: Path,
    stop: signal.Signals,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> AsyncGenerator[Process]:
    """A program that gets the signal at the end of the block, and is killed with its group when it stays.

    The kernel sends it the signal, too, should this process die without reaching that end.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", stop.name, *command),
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
            cwd=cwd,
        )
    try:
        yield process
    finally:
        await _stop(process, stop)


def check_alive(process: Process, log: Path) -> None:
    """Raise ProgramEnded, with the end of the log, when the program is gone."""
    if process.returncode is not None:
        said = log.read_text(errors="replace")[-TAIL_CHARACTERS:]
        raise ProgramEnded(f"{log.stem} ended with {process.returncode}:\n{said}")


async def _stop(process: Process, stop: signal.Signals) -> None:
    with suppress(ProcessLookupError, TimeoutError):
        process.send_signal(stop)
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
