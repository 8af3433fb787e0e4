"""One attempt from its claim to its ending."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import stamina
import structlog

from rushes.actions import settle
from rushes.actions.settle import Output
from rushes.db.pool import Database
from rushes.dispatch.running import RunningAttempt, Stopped
from rushes.dispatch.work import Report, discard, make
from rushes.domain.jobs import Attempt, Job
from rushes.engines.base import Runner
from rushes.errors import DatabaseUnavailable, EngineTimeout, LeaseLost, RushesError
from rushes.storage.store import Storage

OVERHEAD_SECONDS = 600.0
"""What fetching, measuring and storing may take beyond the engine's own time limit."""

SETTLE_PATIENCE_SECONDS = 300.0
"""How long an ending is tried again while the database is away."""

_log: Any = structlog.get_logger()


async def execute(
    database: Database, storage: Storage, runner: Runner, running: RunningAttempt, *, scratch: Path
) -> None:
    """Run an attempt to one of its five endings; whatever goes wrong costs this attempt only."""
    attempt = running.attempt
    log = _log.bind(job_id=str(attempt.job.id), attempt=attempt.number)
    log.info("attempt.started", engine=attempt.engine)
    report = Report(running=running)
    work = asyncio.create_task(_make_in_time(database, storage, runner, attempt, scratch, report))
    running.begin(work)
    try:
        await asyncio.wait([work])
        await _settle(database, storage, running, work, report)
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
    database: Database, storage: Storage, runner: Runner, attempt: Attempt, scratch: Path, report: Report
) -> Output:
    folder = Path(await asyncio.to_thread(mkdtemp, prefix="attempt-", dir=scratch))
    try:
        async with asyncio.timeout(attempt.time_limit_seconds + OVERHEAD_SECONDS):
            return await make(database, storage, runner, attempt, folder, report)
    except TimeoutError as error:
        raise EngineTimeout from error
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _settle(
    database: Database,
    storage: Storage,
    running: RunningAttempt,
    work: asyncio.Task[Output],
    report: Report,
) -> None:
    attempt = running.attempt
    if not work.cancelled() and (error := work.exception()) is not None:
        await _settle_error(database, running, error, report)
    elif not work.cancelled():
        output = work.result()
        try:
            await _patiently(lambda: settle.complete(database, attempt, output, log=report.log))
        except LeaseLost:
            await discard(storage, output.files.values())
            raise
    elif running.stopped is Stopped.CANCELLED:
        await _patiently(lambda: settle.stop(database, attempt, log=report.log))
    elif running.stopped is Stopped.HANDED_BACK:
        await _patiently(lambda: settle.hand_back(database, attempt, log=report.log))


async def _settle_error(
    database: Database, running: RunningAttempt, error: BaseException, report: Report
) -> None:
    ours = error if isinstance(error, RushesError) else RushesError()
    is_unexpected = ours is not error
    if is_unexpected:
        _log.error("attempt.unexpected", job_id=str(running.attempt.job.id), exc_info=error)
    await _patiently(
        lambda: settle.retry_or_fail(
            database,
            running.attempt,
            error_code=ours.code,
            error_message=ours.message,
            retryable=ours.retryable or is_unexpected,
            log=report.log,
        )
    )


async def _patiently(ending: Callable[[], Awaitable[Job]]) -> None:
    async for trial in stamina.retry_context(
        on=DatabaseUnavailable, attempts=None, timeout=SETTLE_PATIENCE_SECONDS, wait_max=2.0
    ):
        with trial:
            await ending()
