"""One attempt from its claim to its ending."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import structlog

from rushes.dispatch.running import RunningAttempt, Stopped
from rushes.dispatch.settling import Settler
from rushes.dispatch.work import Report, discard, make
from rushes.domain.endings import Ending, Output
from rushes.domain.jobs import Attempt
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
    report = Report(running=running)
    work = asyncio.create_task(_make_in_time(storage, runner, running, scratch, report))
    running.begin(work)
    try:
        await asyncio.wait([work])
        await _settle(settler, storage, running, work, report)
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


async def _make_in_time(
    storage: Storage, runner: Runner, running: RunningAttempt, scratch: Path, report: Report
) -> Output:
    folder = scratch / f"attempt-{running.attempt.lease}"
    try:
        async with asyncio.timeout(running.attempt.time_limit_seconds + OVERHEAD_SECONDS):
            return await make(storage, runner, running, folder, report)
    except TimeoutError as error:
        raise EngineTimeout from error
    finally:
        if folder.exists():
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _settle(
    settler: Settler, storage: Storage, running: RunningAttempt, work: asyncio.Task[Output], report: Report
) -> None:
    attempt = running.attempt
    if not work.cancelled() and (error := work.exception()) is not None:
        await settler.settle(_failure(attempt, error, report))
    elif not work.cancelled():
        output = work.result()
        try:
            await settler.settle(Ending.success(attempt, output, log=report.log))
        except LeaseLost:
            await discard(storage, output.files.values())
            raise
    elif running.stopped is Stopped.CANCELLED:
        await settler.settle(Ending.stop(attempt, log=report.log))
    elif running.stopped is Stopped.HANDED_BACK:
        await settler.settle(Ending.hand_back(attempt, log=report.log))


def _failure(attempt: Attempt, error: BaseException, report: Report) -> Ending:
    ours = error if isinstance(error, RushesError) else RushesError()
    is_unexpected = ours is not error
    if is_unexpected:
        _log.error("attempt.unexpected", job_id=str(attempt.job.id), exc_info=error)
    return Ending.failure(
        attempt,
        error_code=ours.code,
        error_message=ours.message,
        retryable=ours.retryable or is_unexpected,
        log=report.log,
    )
