"""What administrators look at is read along indexes, however much there is of all accounts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rushes.db import admin_accounts, admin_jobs, admin_metrics, audit
from rushes.db.admin_jobs import AdminJobFilter
from rushes.db.pool import ADMIN_ROLE, set_codecs
from rushes.domain.audit import AuditAction, TargetType
from rushes.domain.jobs import JobStatus, JobType, ModerationStatus
from rushes.domain.moderation import TO_REVIEW
from tests.db.test_plans import BIG, JOB, USER, Explaining, most_sorted, read_whole, used_indexes

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC)
PAGE: dict[str, Any] = {"before_time": NOW, "before_id": uuid4(), "count": 21}
SINCE = NOW - timedelta(hours=1)
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
NO_FILTER: dict[str, Any] = {"actor": None, "action": None, "target_type": None, "target": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What an administrator asks for, and the indexes that it may lean on."""

    name: str
    call: Callable[[Any], Awaitable[Any]]
    indexes: set[str]


def jobs(name: str, index: str, **wanted: Any) -> Overview:
    """A list of jobs of all accounts."""
    filter_ = AdminJobFilter(**{"from_time": LONG_AGO} | wanted)
    return Overview(
        name=f"jobs, {name}", call=lambda tx: admin_jobs.list_jobs(tx, filter_, **PAGE), indexes={index}
    )


def log(name: str, index: str, **wanted: Any) -> Overview:
    """A list of what administrators did."""
    return Overview(
        name=f"audit log, {name}",
        call=lambda tx: audit.list_entries(tx, **NO_FILTER | wanted, **PAGE),
        indexes={index},
    )


PAGES = [
    jobs("all", "jobs_status_created"),
    jobs("of two states", "jobs_status_created", statuses=(JobStatus.FAILED, JobStatus.QUEUED)),
    jobs("of a lane", "jobs_status_created", lanes=("cpu",)),
    jobs("within a time", "jobs_status_created", from_time=SINCE, to_time=NOW),
    jobs("of a type", "jobs_type_created", job_types=(JobType.AUDIO,)),
    jobs("of an account", "jobs_user_created", user_id=USER),
    jobs("of an account, deleted ones too", "jobs_user_deleted", user_id=USER),
    Overview(
        name="a job",
        call=lambda tx: admin_jobs.get_job(tx, job_id=JOB),
        indexes={"jobs_pkey", "users_pkey"},
    ),
    Overview(
        name="the ledger of a job",
        call=lambda tx: admin_jobs.list_entries(tx, job_id=JOB),
        indexes={"jobs_pkey"},
    ),
    Overview(
        name="reviews",
        call=lambda tx: admin_jobs.list_reviews(tx, verdicts=TO_REVIEW, **PAGE),
        indexes={"jobs_to_review"},
    ),
    Overview(
        name="flagged reviews",
        call=lambda tx: admin_jobs.list_reviews(tx, verdicts=[ModerationStatus.FLAGGED], **PAGE),
        indexes={"jobs_to_review"},
    ),
    Overview(
        name="active jobs of an account",
        call=lambda tx: admin_accounts.count_active(tx, user_id=USER),
        indexes={"jobs_user_status_created"},
    ),
]
FIGURES = [
    Overview(
        name="arrivals of an hour",
        call=lambda tx: admin_metrics.count_arrivals(tx, since=SINCE),
        indexes={"jobs_type_created"},
    ),
    Overview(
        name="endings of an hour",
        call=lambda tx: admin_metrics.count_endings(tx, since=SINCE),
        indexes={"jobs_ended"},
    ),
    Overview(
        name="runs of an hour",
        call=lambda tx: admin_metrics.measure_runs(tx, since=SINCE),
        indexes={"jobs_ended"},
    ),
    Overview(
        name="waits of an hour",
        call=lambda tx: admin_metrics.measure_waits(tx, since=SINCE),
        indexes={"jobs_ended"},
    ),
]
SMALL = [
    Overview(
        name="accounts",
        call=lambda tx: admin_accounts.list_accounts(tx, text=None, **PAGE),
        indexes={"users_created"},
    ),
    Overview(
        name="accounts by a part of their address",
        call=lambda tx: admin_accounts.list_accounts(tx, text="ada", **PAGE),
        indexes={"users_created"},
    ),
    Overview(
        name="reports of jobs",
        call=lambda tx: admin_jobs.list_reports(tx, job_ids=[JOB, uuid4()], count=6),
        indexes={"share_reports_job"},
    ),
    log("all", "audit_log_created"),
    log("of somebody", "audit_log_actor", actor="ada@example.org"),
    log("of something", "audit_log_target", target_type=TargetType.JOB, target=str(JOB)),
    log("of one kind", "audit_log_created", action=AuditAction.JOB_REVIEWED),
]
"""Of tables that the filling leaves small, where only to forbid the whole reading shows the index."""


class Looking(Explaining):
    """Runs what asks for a number, which decides nothing here, and plans the rest."""

    async def fetchval(self, query: str, *args: Any) -> None:
        await self.fetch(query, *args)


@pytest.fixture
async def explaining(million_url: str) -> AsyncIterator[Looking]:
    connection = await asyncpg.connect(
        million_url, server_settings={"role": ADMIN_ROLE, "rushes.viewer": str(USER)}
    )
    await set_codecs(connection)
    yield Looking(connection)
    await connection.close()


@pytest.mark.parametrize("overview", [*PAGES, *FIGURES], ids=lambda one: one.name)
async def test_an_overview_leans_on_its_indexes(overview: Overview, explaining: Looking) -> None:
    await overview.call(explaining)

    assert explaining.plans
    assert all(overview.indexes <= used_indexes(plan) for plan in explaining.plans)
    assert not any(read_whole(plan) & BIG for plan in explaining.plans)


@pytest.mark.parametrize("overview", PAGES, ids=lambda one: one.name)
async def test_a_page_sorts_no_more_than_pages(overview: Overview, explaining: Looking) -> None:
    await overview.call(explaining)

    assert explaining.plans
    assert all(most_sorted(plan) < 1000 for plan in explaining.plans)


@pytest.mark.parametrize("overview", SMALL, ids=lambda one: one.name)
async def test_a_small_overview_has_an_index_of_its_order(overview: Overview, explaining: Looking) -> None:
    await explaining.connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")

    await overview.call(explaining)

    assert explaining.plans
    assert all(overview.indexes <= used_indexes(plan) for plan in explaining.plans)
