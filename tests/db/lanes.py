"""Lanes of a test's own, with the models, workers and jobs that it is about."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from rushes.db import queue, workers
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId, WorkerId
from tests.factories import LEASE_TIME

ADD_JOBS = """
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status, place, priority,
                      fair_rank, queued_at, aged_at, run_at, parked, awaits_parent)
    SELECT id, user_id, 'base', model, $2, 5, true, status, place, place, fair_rank,
           now() - make_interval(secs => waited), now() - make_interval(secs => aged),
           now() + make_interval(secs => run_in), parked, awaits_parent
    FROM jsonb_to_recordset($1) AS new (
        id uuid, user_id uuid, model text, status text, place smallint, fair_rank bigint, waited float8,
        aged float8, run_in float8, parked boolean, awaits_parent boolean)
"""

ADD_COMPLETED = """
    WITH done AS (
        INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status, queued_at,
                          completed_at, progress, processing_seconds, options, video_id, image_id)
        SELECT gen_random_uuid(), $1, 'base', $2, $3, 5, true, 'completed', now(), now(), 100, seconds,
               '{"resolution": "480p"}', CASE WHEN $5::float8 > 0 THEN gen_random_uuid() END,
               CASE WHEN $5 = 0 THEN gen_random_uuid() END
        FROM unnest($4::float8[]) AS seconds
        RETURNING id, user_id, video_id
    )
    INSERT INTO videos (id, user_id, job_id, asset_id, orientation, model_used, duration_seconds)
    SELECT video_id, user_id, id, gen_random_uuid(), 'landscape', $2, $5 FROM done WHERE video_id IS NOT NULL
"""

BARE = "SET LOCAL session_replication_role = replica"
"""Lets rows in as they are: without triggers and foreign keys."""

PRICE = '{"per_second": {"480p": 5}, "minimum": 5}'
"""What the models of a lane cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A lane that only its test knows."""

    name: str
    models: tuple[str, ...]

    @property
    def engine(self) -> str:
        """The engine of its models."""
        return f"engine-{self.name}"


async def make_lane(
    owner: Database, *, models: int = 1, cap: int | None = None, paused: bool = False
) -> Lane:
    """An empty lane that nobody serves."""
    name = f"lane-{uuid4().hex}"
    lane = Lane(name=name, models=tuple(f"{name}-{n}" for n in range(models)))
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO lanes (name, cap, paused_at) VALUES ($1, $2, CASE WHEN $3 THEN now() END)",
            name,
            cap,
            paused,
        )
        await tx.execute(
            "INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds) "
            "SELECT slug, slug, $2, $3, '{base}', $4::text::jsonb, 60 FROM unnest($1::text[]) AS slug",
            lane.models,
            lane.engine,
            name,
            PRICE,
        )
    return lane


def standing(lane: Lane, viewer: Viewer, **changes: Any) -> dict[str, Any]:
    """A job of the lane as it is to be written: queued, but for the changes."""
    return {
        "id": str(uuid4()),
        "user_id": str(viewer.user_id),
        "model": lane.models[0],
        "status": "queued",
        "waited": 0.0,
        "aged": None,
        "place": 5,
        "fair_rank": 0,
        "run_in": 0.0,
        "parked": False,
        "awaits_parent": False,
    } | changes


def crowd(lane: Lane, viewers: Sequence[Viewer], *, count: int, seed: int) -> list[dict[str, Any]]:
    """Jobs of all models, accounts, places and ranks; every fifth rests, and for some of these it is over."""
    chance = random.Random(seed)
    return [
        standing(
            lane,
            chance.choice(viewers),
            model=chance.choice(lane.models),
            place=chance.randint(1, 10),
            fair_rank=chance.randint(0, 9),
            parked=n % 5 == 0,
            run_in=chance.choice([-60.0, 3600.0]) if n % 5 == 0 else 0.0,
        )
        for n in range(count)
    ]


async def fill(owner: Database, lane: Lane, *rows: dict[str, Any]) -> list[JobId]:
    """Write the jobs down as they are; return their ids."""
    async with owner.transaction() as tx:
        await tx.execute(BARE)
        await tx.execute(ADD_JOBS, list(rows), lane.name)
    return [JobId(UUID(row["id"])) for row in rows]


async def complete(
    owner: Database, lane: Lane, viewer: Viewer, *, seconds: Sequence[float], of_output: float = 2.0
) -> None:
    """Jobs of the lane that took so long for as much output; none makes them images."""
    async with owner.transaction() as tx:
        await tx.execute(BARE)
        await tx.execute(ADD_COMPLETED, viewer.user_id, lane.models[0], lane.name, list(seconds), of_output)


async def serve(
    owner: Database,
    lane: Lane,
    *,
    engine: str | None = None,
    slots: int = 1,
    state: str = "running",
    silent: timedelta = timedelta(0),
) -> None:
    """A worker of the lane."""
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version, state, heartbeat_at) "
            "VALUES (gen_random_uuid(), 'test', 'test', 1, $1, $2, $3, '0', $4, now() - $5::interval)",
            [lane.name],
            [engine or lane.engine],
            slots,
            state,
            silent,
        )


async def claim(work: Database, *lanes: Lane, count: int = 1) -> list[JobId]:
    """The next jobs that a new worker of the lanes gets."""
    names, engines = [lane.name for lane in lanes], [lane.engine for lane in lanes]
    worker_id = WorkerId(uuid4())
    worker = workers.NewWorker(
        id=worker_id, name="test", host="test", pid=1, lanes=names, engines=engines, slots=1, version="0"
    )
    async with work.transaction() as tx:
        await workers.insert_worker(tx, worker)
        claimed = await queue.claim_jobs(
            tx, lanes=names, engines=engines, count=count, worker_id=worker_id, lease_time=LEASE_TIME
        )
    return [one.attempt.job.id for one in claimed]


async def claim_all(work: Database, *lanes: Lane) -> list[JobId]:
    """All jobs that the lanes give away, claimed one by one."""
    claimed: list[JobId] = []
    while one := await claim(work, *lanes):
        claimed += one
    return claimed
