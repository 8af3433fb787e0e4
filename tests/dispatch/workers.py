"""Workers in processes of their own, which tests watch and kill."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from rushes.db.job_details import list_attempts
from rushes.db.pool import Database
from rushes.domain.jobs import Job, Outcome

LEASE_SECONDS = 2
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def worker(
    url: str, folder: Path, engine: str, *, stalls: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process that has begun to work; it is killed at the end if it still lives.

    One that stalls never gets beyond the middle of the first file that it stores.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(
            "-m",
            "tests.dispatch.worker_process",
            url,
            str(folder),
            engine,
            str(LEASE_SECONDS),
            "stalls" if stalls else "works",
        ),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await told(process, "ready")
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        await process.wait()


async def told(process: asyncio.subprocess.Process, word: str) -> str:
    """The rest of the next line that begins with a word."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while line := (await process.stdout.readline()).decode():
            if line.startswith(word):
                return line.removeprefix(word).strip()
    raise AssertionError(f"the worker ended without a word of {word!r}")


async def gone(pid: int) -> bool:
    """Wait for a process to be gone."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return True
    _, alive = await asyncio.to_thread(psutil.wait_procs, [process], timeout=30)
    return not alive


async def outcomes(owner: Database, job: Job) -> list[Outcome | None]:
    """How the attempts of a job ended."""
    async with owner.transaction() as tx:
        return [attempt.outcome for attempt in await list_attempts(tx, job_id=job.id, user_id=job.user_id)]
