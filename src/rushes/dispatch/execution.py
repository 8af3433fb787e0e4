"""One attempt from its claim to its ending."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import structlog

from rushes.dispatch.listening import EngineListener
from rushes.dispatch.running import RunningAttempt, Stopped
from rushes.dispatch.settling import Settler
from rushes.dispatch.work import discard, make
from rushes.domain.endings import Ending, Output
from rushes.engines.base import Runner
from rushes.errors import DatabaseUnavailable, EngineTimeout, LeaseLost, RushesError
from rushes.storage.store import Storage

OVERHEAD_SECONDS = 600.0
"""What fetching, measuring and storing may take beyond the engine's own time limit."""

_log: Any = structlog.get_logger()


async def execute(
    storage: Storage, runner: Runner, settler: Settler, running: RunningAttempt, *, scratch: Path
) -> None:
    """Run an attempt to one of its five endings; whatever goes wrong costs this attempt only."""
    attempt = running.attempt
    log = _log.bind(job_id=str(attempt.job.id), attempt=attempt.number)
    log.info("attempt.started", engine=attempt.engine)
    listener = EngineListener(running=running)
    work = asyncio.create_task(_make_in_time(storage, runner, listener, scratch))
    running.begin(work)
    try:
        await asyncio.wait([work])
        await _settle(settler, storage, listener, work)
        log.info("attempt.ended", stopped=running.stopped)
    except LeaseLost:
        log.warning("attempt.lease_lost")
    except DatabaseUnavailable as error:
        log.error("attempt.unsettled", error=error.message)  # noqa: TRY400 - its lease will lapse; no trace needed
    except Exception:
        log.exception("attempt.failed_to_end")
    finally:
        work.cancel()
        await asyncio.wait([work])


async def _make_in_time(storage: Storage, runner: Runner, listener: EngineListener, scratch: Path) -> Output:
    attempt = listener.running.attempt
    folder = scratch / f"attempt-{attempt.lease}"
    try:
        async with asyncio.timeout(attempt.time_limit_seconds + OVERHEAD_SECONDS):
            return await make(storage, runner, listener, folder)
    except TimeoutError as error:
        raise EngineTimeout from error
    finally:
        if folder.exists():
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _settle(
    settler: Settler, storage: Storage, listener: EngineListener, work: asyncio.Task[Output]
) -> None:
    attempt, stopped = listener.running.attempt, listener.running.stopped
    if not work.cancelled() and (error := work.exception()) is not None:
        await settler.settle(_failure(error, listener))
    elif not work.cancelled():
        output = work.result()
        try:
            await settler.settle(Ending.success(attempt, output, log=listener.log))
        except LeaseLost:
            await discard(storage, output.files.values())
            raise
    elif stopped is Stopped.CANCELLED:
        await settler.settle(Ending.stop(attempt, log=listener.log))
    elif stopped is Stopped.HANDED_BACK:
        await settler.settle(Ending.hand_back(attempt, log=listener.log))


def _failure(error: BaseException, listener: EngineListener) -> Ending:
    attempt = listener.running.attempt
    ours = error if isinstance(error, RushesError) else RushesError()
    is_unexpected = ours is not error
    if is_unexpected:
        _log.error("attempt.unexpected", job_id=str(attempt.job.id), exc_info=error)
    return Ending.failure(
        attempt,
        error_code=ours.code,
        error_message=ours.message,
        retryable=ours.retryable or is_unexpected,
        log=listener.log,
    )
