"""Engines that leak, hang, fork, fill the disk or do not stop, through a whole worker: one attempt each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from rushes.actions.cancel import cancel
from rushes.db.job_details import list_attempts
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobStatus, Outcome
from rushes.domain.media import Bucket
from rushes.engines.child.limits import Limits
from rushes.engines.child.runner import ChildRunner
from rushes.storage.store import Storage
from tests.dispatch.stage import WorkWith, until
from tests.engines.driving import files_in, processes_in
from tests.engines.fakes import ENGINES
from tests.factories import read_balance

S = JobStatus


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A fake, the limits that it runs into, and what is to be said of it."""

    engine: str
    code: str
    says: str
    seconds: int = 60
    limits: Mapping[str, Any] = field(default_factory=dict[str, Any])


BAD = [
    Bad(engine="Hog", code="engine_crashed", says="out of memory", limits={"memory_bytes": 2**30}),
    Bad(engine="Stubborn", code="timeout", says="longer than its limit", seconds=2),
    Bad(engine="Hanging", code="timeout", says="longer than its limit", seconds=2),
    Bad(engine="Spinning", code="timeout", says="processor", limits={"cpu_seconds": 1}),
    Bad(engine="Orphaning", code="engine_crashed", says="SIGABRT"),
    Bad(engine="Crashing", code="engine_crashed", says="SIGSEGV"),
    Bad(engine="Quitting", code="engine_crashed", says="without an answer"),
    Bad(engine="Filler", code="engine_failed", says="more than", limits={"file_bytes": 2**22}),
    Bad(engine="Scattering", code="engine_failed", says="filled its folder", limits={"scratch_bytes": 2**22}),
    Bad(engine="Broken", code="engine_failed", says="failed unexpectedly"),
    Bad(engine="NotMedia", code="engine_failed", says="not usable"),
    Bad(engine="Empty", code="engine_failed", says="hand over"),
]


def runner_of(engine: str, **limits: Any) -> ChildRunner:
    return ChildRunner(
        engines={"motion": replace(ENGINES[engine], name="motion")}, limits=Limits(threads=1, **limits)
    )


async def allow(owner: Database, *, attempts: int, seconds: int = 60) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET time_limit_seconds = $1", seconds)
        await tx.execute("UPDATE jobs SET max_attempts = $1", attempts)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.engine)
async def test_bad_child_costs_one_attempt_and_is_named(
    bad: Bad,
    owner: Database,
    database_url: str,
    viewer: Viewer,
    storage: Storage,
    job: Job,
    work_with: WorkWith,
    scratch: Path,
) -> None:
    await allow(owner, attempts=1, seconds=bad.seconds)

    async with work_with(runner_of(bad.engine, **bad.limits)):
        done = await until(database_url, owner, job, S.FAILED, S.COMPLETED)
        left = (files_in(scratch), processes_in(scratch))

    async with owner.transaction() as tx:
        attempts = await list_attempts(tx, job_id=job.id, user_id=job.user_id)
    assert [(each.outcome, each.error_code) for each in attempts] == [(Outcome.FAILED, bad.code)]
    assert (done.status, done.error_code) == (S.FAILED, bad.code)
    assert bad.says in (done.error_message or "")
    assert await read_balance(owner, viewer) == 10_000
    assert left == ([], [])
    assert await storage.list_keys(Bucket.OUTPUTS, str(job.user_id)) == []


async def test_child_that_ignores_sigterm_is_killed_when_its_job_is_cancelled(
    owner: Database, database_url: str, viewer: Viewer, job: Job, work_with: WorkWith, scratch: Path
) -> None:
    async with work_with(runner_of("Stubborn", grace_seconds=0.1)):
        await until(database_url, owner, job, S.PROCESSING)
        await cancel(owner, viewer, job_id=job.id)
        done = await until(database_url, owner, job, S.CANCELLED, S.FAILED, S.COMPLETED)
        left = (files_in(scratch), processes_in(scratch))

    assert (done.status, done.attempts) == (S.CANCELLED, 1)
    assert left == ([], [])


async def test_crash_of_a_child_is_tried_again(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    await allow(owner, attempts=2)
    async with work_with(runner_of("Crashing")):
        await until(database_url, owner, job, S.PROCESSING)
        waiting = await until(database_url, owner, job, S.QUEUED, S.FAILED)

    assert (waiting.status, waiting.attempts) == (S.QUEUED, 1)
