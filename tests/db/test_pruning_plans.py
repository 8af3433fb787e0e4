from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rushes.db import deletion, pruning
from rushes.db.pool import WEB_ROLE, WORKER_ROLE
from rushes.domain.ids import AssetId, JobId, Lease, UserId
from rushes.domain.media import Bucket
from tests.db.test_plans import BIG, Explaining, known, read_whole, used_indexes

pytestmark = pytest.mark.slow

USER, JOB = UserId(known("user")), JobId(known("job"))
AGE = timedelta(days=1)
DUE = {"age": AGE, "count": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A store function of the pruner, and the indexes it may lean on."""

    call: Callable[[Any], Awaitable[Any]]
    indexes: set[str]
    role: str = WORKER_ROLE
    is_of_empty_table: bool = False
    """The filling leaves it empty; there the planner would read the nothing there is, were it allowed to."""


QUERIES = {
    "prune_events": Query(
        call=lambda tx: pruning.prune_events(tx, age=AGE, after_id=0, count=100),
        indexes={"job_events_pkey", "job_events_job", "jobs_pkey"},
    ),
    "prune_idempotency_keys": Query(
        call=lambda tx: pruning.prune_idempotency_keys(tx, **DUE),
        indexes={"idempotency_created", "idempotency_pkey"},
        is_of_empty_table=True,
    ),
    "prune_sessions": Query(
        call=lambda tx: pruning.prune_sessions(tx, **DUE),
        indexes={"sessions_expires", "sessions_pkey"},
        is_of_empty_table=True,
    ),
    "prune_reports": Query(
        call=lambda tx: pruning.prune_reports(tx, **DUE),
        indexes={"attempt_reports_received", "attempt_reports_pkey"},
        is_of_empty_table=True,
    ),
    "give_up_uploads": Query(
        call=lambda tx: pruning.give_up_uploads(tx, **DUE), indexes={"assets_uploading", "assets_pkey"}
    ),
    "list_ended_uploads": Query(
        call=lambda tx: pruning.list_ended_uploads(tx, except_ids=[], **DUE),
        indexes={"assets_upload_until"},
        is_of_empty_table=True,
    ),
    "mark_upload_ended": Query(
        call=lambda tx: pruning.mark_upload_ended(tx, asset_ids=[AssetId(known("asset"))]),
        indexes={"assets_pkey"},
    ),
    "list_deleted_files": Query(
        call=lambda tx: pruning.list_deleted_files(tx, except_ids=[], count=100), indexes={"assets_to_purge"}
    ),
    "mark_purged": Query(
        call=lambda tx: pruning.mark_purged(tx, asset_ids=[AssetId(known("asset"))]), indexes={"assets_pkey"}
    ),
    "list_lost_attempts": Query(
        call=lambda tx: pruning.list_lost_attempts(tx, except_leases=[], **DUE),
        indexes={"attempts_to_sweep", "jobs_pkey"},
        is_of_empty_table=True,
    ),
    "list_known_keys": Query(
        call=lambda tx: pruning.list_known_keys(tx, bucket=Bucket.OUTPUTS, keys=["a", "b"]),
        indexes={"assets_bucket_key_key"},
    ),
    "mark_swept": Query(
        call=lambda tx: pruning.mark_swept(tx, leases=[Lease(uuid4())]),
        indexes={"attempts_lease_key"},
        is_of_empty_table=True,
    ),
    "find_child_in_need": Query(
        call=lambda tx: deletion.find_child_in_need(tx, job_id=JOB),
        indexes={"jobs_parent"},
        role=WEB_ROLE,
    ),
    "delete_files": Query(
        call=lambda tx: deletion.delete_files(tx, job_id=JOB, user_id=USER),
        indexes={"assets_job", "job_inputs_pkey", "job_inputs_asset", "assets_pkey", "jobs_pkey"},
        role=WEB_ROLE,
    ),
}


class ExplainingPruner(Explaining):
    """Explains, and answers what a store function goes on with."""

    async def fetchrow(self, query: str, *args: Any) -> Any:
        await self.fetch(query, *args)
        return {"pruned": 0, "next_id": None}

    async def fetchval(self, query: str, *args: Any) -> None:
        await self.fetch(query, *args)


@pytest.fixture
async def explaining(million_url: str, query: Query) -> AsyncIterator[Explaining]:
    settings = {"role": query.role, "rushes.viewer": str(USER)}
    if query.is_of_empty_table:
        settings["enable_seqscan"] = "off"
    connection = await asyncpg.connect(million_url, server_settings=settings)
    yield ExplainingPruner(connection)
    await connection.close()


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
async def test_query_leans_on_its_indexes(query: Query, explaining: Explaining) -> None:
    await query.call(explaining)

    assert explaining.plans
    assert all(query.indexes <= used_indexes(plan) for plan in explaining.plans)
    assert not any(read_whole(plan) & BIG for plan in explaining.plans)
