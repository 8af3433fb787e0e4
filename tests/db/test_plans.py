import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from rushes.db import events, jobs, lifecycle, media, queue
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, set_codecs
from rushes.domain.accounts import Plan, Role, User
from rushes.domain.endings import Ending, Verdict
from rushes.domain.ids import AssetId, HoldId, JobId, Lease, UserId
from rushes.domain.jobs import JobStatus, JobType, NewJob, Outcome
from rushes.domain.positions import Snapshot

pytestmark = pytest.mark.slow

BIG = {"jobs", "assets", "job_inputs", "job_events"}
PLANS = 7
"""How often a statement is planned: from the sixth time on PostgreSQL may keep one plan for all arguments."""


def known(kind: str, number: int = 0) -> UUID:
    """The id of a row that the filling wrote."""
    return UUID(md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


THEN = Snapshot(start=1000, end=1000, running=frozenset())
USER, JOB, ASSET = UserId(known("user")), JobId(known("job")), AssetId(known("asset"))
PAGE = {"user_id": USER, "before_time": datetime.now(UTC), "before_id": uuid4(), "count": 20}
LEASE_TIME = timedelta(seconds=30)
NOW = datetime.now(UTC)
OWNER = User(
    id=USER,
    email="",
    username=None,
    avatar_url=None,
    role=Role.USER,
    plan=Plan.FREE,
    credits=0,
    slots=2,
    created_at=NOW,
    updated_at=NOW,
)
NEW_JOB = NewJob(
    id=JobId(uuid4()),
    user_id=USER,
    parent_job_id=None,
    awaits_parent=False,
    group_id=None,
    job_type=JobType.BASE,
    model="motion",
    quality=None,
    lane="cpu",
    priority=5,
    prompt=None,
    options={},
    metadata={},
    max_attempts=3,
    price=1,
    output_seconds=1.0,
    auto_cancel_at=None,
    hold_id=HoldId(uuid4()),
    watermark_applied=False,
    inputs_ready=True,
)
ENDING = Ending(job_id=JOB, user_id=USER, lease=Lease(uuid4()), outcome=Outcome.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hot:
    """A store function on the hot path, who calls it, and the indexes that it may lean on."""

    name: str
    role: str
    call: Callable[[Any], Awaitable[Any]]
    indexes: set[str]


HOT = [
    Hot(
        name="renew_leases",
        role=WORKER_ROLE,
        call=lambda tx: queue.renew_leases(tx, attempts=[], lease_time=LEASE_TIME),
        indexes={"jobs_pkey"},
    ),
    Hot(
        name="list_lapsed",
        role=WORKER_ROLE,
        call=lambda tx: queue.list_lapsed(tx, count=20),
        indexes={"jobs_leases"},
    ),
    Hot(
        name="save_progress",
        role=WORKER_ROLE,
        call=lambda tx: queue.save_progress(
            tx, said=[queue.Said(job_id=JOB, lease=Lease(uuid4()), progress=1, text=None, eta_seconds=None)]
        ),
        indexes={"jobs_pkey"},
    ),
    Hot(
        name="claim_checks",
        role=WORKER_ROLE,
        call=lambda tx: media.claim_checks(tx, count=4, lease_time=LEASE_TIME),
        indexes={"assets_to_check", "assets_pkey"},
    ),
    Hot(
        name="list_waiting_for_asset",
        role=WORKER_ROLE,
        call=lambda tx: lifecycle.list_waiting_for_asset(tx, asset_id=ASSET),
        indexes={"job_inputs_asset", "jobs_pkey"},
    ),
    Hot(
        name="admit",
        role=WORKER_ROLE,
        call=lambda tx: lifecycle.admit(tx, [OWNER], job_ids=[JOB]),
        indexes={"jobs_admission", "jobs_in_slots", "jobs_pkey", "job_inputs_pkey"},
    ),
    Hot(
        name="admit by the web",
        role=WEB_ROLE,
        call=lambda tx: lifecycle.admit(tx, [OWNER], job_ids=[JOB]),
        indexes={"jobs_admission", "jobs_in_slots", "jobs_pkey", "job_inputs_pkey"},
    ),
    Hot(
        name="insert_jobs",
        role=WEB_ROLE,
        call=lambda tx: jobs.insert_jobs(tx, OWNER, [NEW_JOB]),
        indexes={"jobs_admission", "jobs_in_slots"},
    ),
    Hot(
        name="lock_attempts",
        role=WORKER_ROLE,
        call=lambda tx: queue.lock_attempts(tx, [ENDING]),
        indexes={"jobs_pkey"},
    ),
    Hot(
        name="end_jobs",
        role=WORKER_ROLE,
        call=lambda tx: lifecycle.end_jobs(tx, [(JOB, Verdict(status=JobStatus.QUEUED), None)]),
        indexes={"jobs_pkey"},
    ),
    Hot(
        name="release_children",
        role=WORKER_ROLE,
        call=lambda tx: lifecycle.release_children(tx, parent_ids=[JOB]),
        indexes={"jobs_parent"},
    ),
    Hot(
        name="cancel_children",
        role=WORKER_ROLE,
        call=lambda tx: lifecycle.cancel_children(tx, parent_ids=[JOB]),
        indexes={"jobs_parent", "jobs_pkey"},
    ),
    Hot(
        name="list_overdue",
        role=WORKER_ROLE,
        call=lambda tx: lifecycle.list_overdue(tx, count=20),
        indexes={"jobs_auto_cancel"},
    ),
    Hot(
        name="list_jobs",
        role=WEB_ROLE,
        call=lambda tx: jobs.list_jobs(tx, statuses=[], **PAGE),
        indexes={"jobs_user_created"},
    ),
    Hot(
        name="list_jobs_by_status",
        role=WEB_ROLE,
        call=lambda tx: jobs.list_jobs(tx, statuses=[JobStatus.COMPLETED], **PAGE),
        indexes={"jobs_user_status_created"},
    ),
    Hot(
        name="list_jobs_by_status, rare ones",
        role=WEB_ROLE,
        call=lambda tx: jobs.list_jobs(tx, statuses=[JobStatus.FAILED, JobStatus.PROCESSING], **PAGE),
        indexes={"jobs_user_status_created"},
    ),
    Hot(
        name="count_by_status",
        role=WEB_ROLE,
        call=lambda tx: jobs.count_by_status(tx, user_id=USER),
        indexes={"jobs_user_status_created"},
    ),
    Hot(
        name="get_job",
        role=WEB_ROLE,
        call=lambda tx: jobs.get_job(tx, job_id=JOB, user_id=USER),
        indexes={"jobs_pkey"},
    ),
    Hot(
        name="list_events_after",
        role=WEB_ROLE,
        call=lambda tx: events.list_events_after(tx, job_id=JOB, user_id=USER, after_id=0),
        indexes={"job_events_job"},
    ),
    Hot(
        name="list_missed_events",
        role=WEB_ROLE,
        call=lambda tx: events.list_missed_events(tx, user_id=USER, seen=THEN, until=THEN, count=10),
        indexes={"job_events_user"},
    ),
    Hot(
        name="list_job_assets",
        role=WEB_ROLE,
        call=lambda tx: media.list_job_assets(tx, job_ids=[JobId(known("job", n)) for n in range(20)]),
        indexes={"job_inputs_pkey", "assets_pkey", "assets_job"},
    ),
]


@dataclass(slots=True)
class Explaining:
    """A connection that plans what it is asked to run, several times, and runs nothing."""

    connection: Any
    plans: list[Any] = field(default_factory=list)

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        prepared = await self.connection.prepare(query)
        texts = [
            f"quote_nullable(${n}::{parameter.name}::text)"
            for n, parameter in enumerate(prepared.get_parameters(), start=1)
        ]
        literals = await self.connection.fetchrow(f"SELECT {', '.join(texts)}", *args)
        await self.connection.execute(f"PREPARE hot AS {query}")
        for _ in range(PLANS):
            explain = f"EXPLAIN (FORMAT JSON) EXECUTE hot({', '.join(literals)})"
            self.plans.append(json.loads(await self.connection.fetchval(explain))[0]["Plan"])
        return []

    async def fetchrow(self, query: str, *args: Any) -> None:
        await self.fetch(query, *args)


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def used_indexes(plan: Any) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def most_sorted(plan: Any) -> int:
    return max((node["Plan Rows"] for node in nodes(plan) if node["Node Type"] == "Sort"), default=0)


def read_whole(plan: Any) -> set[str]:
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


@pytest.fixture
async def explaining(million_url: str, hot: Hot) -> AsyncIterator[Explaining]:
    settings = {"role": hot.role, "rushes.viewer": str(USER)}
    connection = await asyncpg.connect(million_url, server_settings=settings)
    await set_codecs(connection)
    yield Explaining(connection)
    await connection.close()


@pytest.mark.parametrize("hot", HOT, ids=lambda hot: hot.name)
async def test_hot_query_leans_on_its_indexes(hot: Hot, explaining: Explaining) -> None:
    await hot.call(explaining)

    assert explaining.plans
    assert all(hot.indexes <= used_indexes(plan) for plan in explaining.plans)
    assert not any(read_whole(plan) & BIG for plan in explaining.plans)
    assert all(most_sorted(plan) < 1000 for plan in explaining.plans)
