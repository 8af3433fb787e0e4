"""How the system did in each step of time, counted from jobs whose times are known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rushes.db import admin_series
from rushes.db.admin_series import Runs, Steps
from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from tests.factories import claim_one, complete, make_output
from tests.web.people import Person, make_queued_job

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC)
STEPS = Steps(since=NOW - 4 * HOUR, step=HOUR, count=4)
WRITE = """
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, fair_rank, status,
                      progress, attempts, created_at, queued_at, started_at, completed_at,
                      processing_seconds, error_code, cancelled_reason)
    VALUES (gen_random_uuid(), $1, 'base', 'motion', 'cpu', 5, true, 0, $2,
            CASE $2 WHEN 'completed' THEN 100 ELSE 0 END, $6, $3, $3, $4, $5, $7,
            CASE $2 WHEN 'failed' THEN 'test' END, CASE $2 WHEN 'cancelled' THEN 'user' END)
"""


async def write_job(
    owner: Database,
    person: Person,
    *,
    queued: float,
    started: float | None = None,
    ended: float | None = None,
    status: str = "completed",
    attempts: int = 1,
    seconds: float | None = None,
) -> None:
    """A job of the past; the times are hours before now."""
    times = [None if hours is None else NOW - hours * HOUR for hours in (queued, started, ended)]
    async with owner.transaction() as tx:
        # What a job can become is checked when it changes: this one was so from the start.
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute(WRITE, person.viewer.user_id, status, *times, attempts, seconds)


async def ask(owner: Database, question: Any) -> Any:
    """The answer to a question about the steps."""
    async with owner.transaction() as tx:
        return await question(tx, STEPS)


async def test_a_job_stands_in_the_queue_until_it_starts(owner: Database, ada: Person) -> None:
    await write_job(owner, ada, queued=2.5, started=0.5, ended=0.1)

    assert await ask(owner, admin_series.measure_depths) == [0, 1, 1, 0]


async def test_a_job_that_came_before_the_first_step_is_counted_from_there(
    owner: Database, ada: Person
) -> None:
    await write_job(owner, ada, queued=9, started=2.5, ended=0.1)

    assert await ask(owner, admin_series.measure_depths) == [1, 0, 0, 0]


async def test_a_job_that_started_before_the_first_step_is_not_counted(owner: Database, ada: Person) -> None:
    await write_job(owner, ada, queued=9, started=8, ended=0.1)

    assert await ask(owner, admin_series.measure_depths) == [0, 0, 0, 0]


async def test_a_job_that_was_cancelled_in_the_queue_left_it_then(owner: Database, ada: Person) -> None:
    await write_job(owner, ada, queued=3.5, ended=1.5, status="cancelled", attempts=0)

    assert await ask(owner, admin_series.measure_depths) == [1, 1, 0, 0]


async def test_what_waits_and_runs_now_is_counted_too(owner: Database, work: Database, ada: Person) -> None:
    await make_queued_job(owner, ada)
    await make_queued_job(owner, ada)
    await claim_one(work)
    steps = Steps(since=datetime.now(UTC) - HOUR, step=2 * HOUR, count=1)

    async with owner.transaction() as tx:
        assert await admin_series.measure_depths(tx, steps) == [1]


async def test_endings_are_counted_by_step_and_kind(owner: Database, ada: Person) -> None:
    await write_job(owner, ada, queued=4, started=3.6, ended=3.5)
    await write_job(owner, ada, queued=4, started=3.6, ended=0.5)
    await write_job(owner, ada, queued=4, started=3.6, ended=0.5, status="failed")
    await write_job(owner, ada, queued=9, started=8, ended=7)

    assert await ask(owner, admin_series.count_endings) == {
        JobStatus.COMPLETED: [1, 0, 0, 1],
        JobStatus.FAILED: [0, 0, 0, 1],
        JobStatus.CANCELLED: [0, 0, 0, 0],
    }


async def test_waits_are_those_of_what_began_at_the_first_try(owner: Database, ada: Person) -> None:
    await write_job(owner, ada, queued=3.5, started=3, ended=2.5)
    await write_job(owner, ada, queued=9, started=3, ended=2.5, attempts=2)

    assert await ask(owner, admin_series.measure_waits) == [None, pytest.approx(1800), None, None]


async def test_the_median_run_is_that_of_completed_jobs(owner: Database, ada: Person) -> None:
    for seconds in (10, 20, 90):
        await write_job(owner, ada, queued=1, started=0.5, ended=0.1, seconds=seconds)
    await write_job(owner, ada, queued=1, started=0.5, ended=0.1, seconds=1, status="failed")

    async with owner.transaction() as tx:
        assert await admin_series.measure_runs(tx, since=NOW - HOUR) == Runs(samples=3, median=20)
        assert await admin_series.measure_runs(tx, since=NOW) == Runs(samples=0, median=None)


async def test_reviews_are_counted_without_what_was_deleted(
    owner: Database, work: Database, ada: Person
) -> None:
    await make_queued_job(owner, ada)
    job = await complete(work, await claim_one(work), make_output(), log="")
    await write_job(owner, ada, queued=9, started=8, ended=7)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE jobs SET deleted_at = now() WHERE id <> $1", job.id)

        reviews = await admin_series.count_reviews(tx)

    assert (reviews.jobs, reviews.since) == (1, job.created_at)


async def test_without_jobs_there_is_nothing_to_review(owner: Database) -> None:
    async with owner.transaction() as tx:
        reviews = await admin_series.count_reviews(tx)

    assert (reviews.jobs, reviews.since) == (0, None)
