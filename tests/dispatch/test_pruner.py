import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from rushes.db import events
from rushes.db.pool import Database
from rushes.dispatch.pruner import ROWS, prune
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobStatus
from rushes.domain.retention import Retention
from rushes.storage.store import Storage
from tests.factories import fetch_value, make_bare_job

RETENTION = Retention()
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

ACTIVE = [JobStatus.PENDING, JobStatus.VALIDATING, JobStatus.QUEUED, JobStatus.PROCESSING]
ENDED = [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED]

ADD_EVENTS = """
    INSERT INTO job_events (job_id, user_id, type, created_at)
    SELECT $1, $2, 'test', now() - $3::interval FROM generate_series(1, $4)
"""
AGE_EVENTS = "UPDATE job_events SET created_at = now() - $2::interval WHERE job_id = $1"
EVENTS = "SELECT array_agg(id ORDER BY id) FROM job_events WHERE job_id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of row, how one that ended some time ago is written, and how long it stays."""

    table: str
    insert: str
    age: timedelta


KINDS = [
    Kind(
        table="idempotency",
        insert="""
            INSERT INTO idempotency (user_id, key, fingerprint, job_ids, created_at)
            VALUES ($1, gen_random_uuid(), sha256(''), '{}', now() - $2::interval)
        """,
        age=RETENTION.idempotency_keys,
    ),
    Kind(
        table="sessions",
        insert="""
            INSERT INTO sessions (id, user_id, expires_at)
            VALUES (gen_random_uuid(), $1, now() - $2::interval)
        """,
        age=RETENTION.sessions,
    ),
    Kind(
        table="webhook_deliveries",
        insert="""
            WITH endpoint AS (
                INSERT INTO webhook_endpoints (id, user_id, url, secret, events)
                VALUES (gen_random_uuid(), $1, 'https://example.org', 'whsec_1', '{job.failed}') RETURNING *
            )
            INSERT INTO webhook_deliveries (endpoint_id, user_id, type, payload, status, created_at)
            SELECT id, user_id, 'job.failed', '{}', 'failed', now() - $2::interval FROM endpoint
        """,
        age=RETENTION.deliveries,
    ),
    Kind(
        table="workers",
        insert="""
            INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version, state, heartbeat_at)
            VALUES ($1, 'test', 'test', 1, '{cpu}', '{}', 1, '0', 'gone', now() - $2::interval)
            ON CONFLICT (id) DO UPDATE SET heartbeat_at = now() - $2::interval
        """,
        age=RETENTION.workers,
    ),
    Kind(
        table="attempt_reports",
        insert="""
            WITH job AS (
                INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied)
                VALUES (gen_random_uuid(), $1, 'base', 'motion', 'cpu', 5, true) RETURNING id
            )
            INSERT INTO attempt_reports (lease, kind, job_id, number, body, received_at)
            SELECT gen_random_uuid(), 'progress', id, 1, '{}', now() - $2::interval FROM job
        """,
        age=RETENTION.reports,
    ),
]
"""Rows that are past their time by their age alone."""

SESSION = KINDS[1]

kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)


async def execute(owner: Database, statement: str, *args: Any) -> None:
    async with owner.transaction() as tx:
        await tx.execute(statement, *args)


async def count(owner: Database, table: str) -> int:
    return await fetch_value(owner, f"SELECT count(*) FROM {table}")


async def make_old_job(owner: Database, viewer: Viewer, status: JobStatus) -> JobId:
    """A job whose events are all past their time."""
    job_id = await make_bare_job(owner, viewer, status)
    await execute(owner, AGE_EVENTS, job_id, RETENTION.events + MINUTE)
    return job_id


async def read_events(owner: Database, job_id: JobId) -> list[int]:
    return await fetch_value(owner, EVENTS, job_id) or []


async def make_attempt_talk(owner: Database, job_id: UUID, lease: UUID, *, silent: timedelta) -> None:
    statement = """
        INSERT INTO job_progress (job_id, lease, progress, updated_at)
        VALUES ($1, $2, 1, now() - $3::interval)
    """
    await execute(owner, statement, job_id, lease, silent)


@kinds
async def test_row_goes_when_its_time_is_over(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, kind: Kind
) -> None:
    await execute(owner, kind.insert, viewer.user_id, kind.age + SECOND)

    await prune(work, storage, RETENTION)

    assert await count(owner, kind.table) == 0


@kinds
async def test_row_stays_until_its_time_is_over(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, kind: Kind
) -> None:
    await execute(owner, kind.insert, viewer.user_id, kind.age - MINUTE)

    await prune(work, storage, RETENTION)

    assert await count(owner, kind.table) == 1


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("webhook_deliveries", "UPDATE webhook_deliveries SET status = 'pending'"),
        ("workers", "UPDATE workers SET state = 'draining'"),
    ],
)
async def test_old_row_that_has_not_ended_stays(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, table: str, change: str
) -> None:
    (kind,) = [kind for kind in KINDS if kind.table == table]
    await execute(owner, kind.insert, viewer.user_id, kind.age + SECOND)
    await execute(owner, change)

    await prune(work, storage, RETENTION)

    assert await count(owner, table) == 1


async def test_delivery_takes_its_tries_along(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    (kind,) = [kind for kind in KINDS if kind.table == "webhook_deliveries"]
    await execute(owner, kind.insert, viewer.user_id, kind.age + SECOND)
    tried = "INSERT INTO webhook_tries (delivery_id, number, seconds) SELECT id, 1, 0 FROM webhook_deliveries"
    await execute(owner, tried)

    await prune(work, storage, RETENTION)

    assert await count(owner, "webhook_tries") == 0


@pytest.mark.parametrize("status", ENDED)
async def test_old_events_of_an_ended_job_go(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, status: JobStatus
) -> None:
    job_id = await make_old_job(owner, viewer, status)

    await prune(work, storage, RETENTION)

    assert await read_events(owner, job_id) == []


@pytest.mark.parametrize("status", ACTIVE)
async def test_last_event_of_an_active_job_stays(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, status: JobStatus
) -> None:
    job_id = await make_old_job(owner, viewer, status)
    first, *_, last = [0, *await read_events(owner, job_id)]

    await prune(work, storage, RETENTION)

    assert await read_events(owner, job_id) == [last]
    async with work.transaction() as tx:
        missed = await events.list_events_after(tx, job_id=job_id, user_id=viewer.user_id, after_id=first)
    assert [event.type for event in missed] == [f"job.{status}"]


async def test_young_events_stay(owner: Database, work: Database, storage: Storage, viewer: Viewer) -> None:
    job_id = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    await execute(owner, AGE_EVENTS, job_id, RETENTION.events - MINUTE)
    before = await read_events(owner, job_id)

    await prune(work, storage, RETENTION)

    assert await read_events(owner, job_id) == before


async def test_old_events_go_even_if_a_young_one_follows(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    job_id = await make_old_job(owner, viewer, JobStatus.PROCESSING)
    await execute(owner, ADD_EVENTS, job_id, viewer.user_id, timedelta(0), 1)
    *_, young = await read_events(owner, job_id)

    await prune(work, storage, RETENTION)

    assert await read_events(owner, job_id) == [young]


async def test_events_go_batch_after_batch_past_those_that_stay(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    active_id = await make_old_job(owner, viewer, JobStatus.QUEUED)
    *_, kept = await read_events(owner, active_id)
    ended_id = await make_old_job(owner, viewer, JobStatus.COMPLETED)
    await execute(owner, ADD_EVENTS, ended_id, viewer.user_id, timedelta(days=8), 2 * ROWS + 1)

    await prune(work, storage, RETENTION)

    assert await count(owner, "job_events") == 1
    assert await read_events(owner, active_id) == [kept]


async def test_rows_go_batch_after_batch(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    statement = """
        INSERT INTO sessions (id, user_id, expires_at)
        SELECT gen_random_uuid(), $1, now() - interval '8 days' FROM generate_series(1, $2)
    """
    await execute(owner, statement, viewer.user_id, ROWS + 1)

    await prune(work, storage, RETENTION)

    assert await count(owner, "sessions") == 0


async def test_progress_of_an_attempt_that_is_over_goes(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    running_id = await make_bare_job(owner, viewer, JobStatus.PROCESSING)
    lease = await fetch_value(owner, "SELECT lease FROM jobs WHERE id = $1", running_id)
    await make_attempt_talk(owner, running_id, lease, silent=2 * RETENTION.progress)
    ended_id = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    await make_attempt_talk(owner, ended_id, UUID(int=1), silent=2 * RETENTION.progress)
    requeued_id = await make_bare_job(owner, viewer, JobStatus.PROCESSING)
    await make_attempt_talk(owner, requeued_id, UUID(int=2), silent=2 * RETENTION.progress)

    await prune(work, storage, RETENTION)

    assert await fetch_value(owner, "SELECT array_agg(job_id) FROM job_progress") == [running_id]


async def test_attempt_that_spoke_lately_is_left_alone(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    job_id = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    await make_attempt_talk(owner, job_id, UUID(int=1), silent=RETENTION.progress - MINUTE)

    await prune(work, storage, RETENTION)

    assert await count(owner, "job_progress") == 1


@pytest.mark.parametrize(("age", "status"), [(SECOND, "deleted"), (-MINUTE, "uploading")])
async def test_upload_that_never_ended_is_given_up(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, age: timedelta, status: str
) -> None:
    statement = """
        INSERT INTO assets (id, user_id, role, bucket, key, media_type, status, created_at)
        VALUES (gen_random_uuid(), $1, 'motion', 'videos', 'key', 'video/mp4', 'uploading',
                now() - $2::interval)
    """
    await execute(owner, statement, viewer.user_id, RETENTION.uploads + age)

    await prune(work, storage, RETENTION)

    assert await fetch_value(owner, "SELECT status FROM assets") == status


async def test_two_pruners_at_once_remove_everything_once(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    job_id = await make_old_job(owner, viewer, JobStatus.COMPLETED)
    before = len(await read_events(owner, job_id))
    await execute(owner, ADD_EVENTS, job_id, viewer.user_id, timedelta(days=8), 3 * ROWS)
    await execute(owner, SESSION.insert, viewer.user_id, timedelta(days=8))

    with capture_logs() as logs:
        await asyncio.gather(*(prune(work, storage, RETENTION) for _ in range(3)))

    assert await count(owner, "job_events") + await count(owner, "sessions") == 0
    assert sum(log.get("events", 0) for log in logs) == before + 3 * ROWS
    assert sum(log.get("sessions", 0) for log in logs) == 1


async def test_row_that_another_holds_is_passed_over(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    await execute(owner, SESSION.insert, viewer.user_id, timedelta(days=9))
    await execute(owner, SESSION.insert, viewer.user_id, timedelta(days=8))

    async with owner.transaction() as other:
        await other.execute("SELECT FROM sessions ORDER BY expires_at LIMIT 1 FOR UPDATE")
        await prune(work, storage, RETENTION)

        assert await count(owner, "sessions") == 1


async def test_what_was_removed_is_logged(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    await execute(owner, SESSION.insert, viewer.user_id, timedelta(days=8))

    with capture_logs() as logs:
        await prune(work, storage, RETENTION)

    assert logs == [{"event": "pruner.pruned", "log_level": "info", "sessions": 1}]


async def test_turn_that_removes_nothing_says_nothing(work: Database, storage: Storage) -> None:
    with capture_logs() as logs:
        await prune(work, storage, RETENTION)

    assert logs == []
