import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from rushes.db import queue
from rushes.db.pool import Database
from rushes.domain.ids import JobId, WorkerId
from rushes.domain.jobs import JobStatus
from tests.factories import fetch_value, make_bare_job, make_viewer, read_job

S = JobStatus
MODELS = 8

ADD_MODEL = """
    INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds)
    SELECT $1, $1, engine, lane, job_types, price, 60 FROM models WHERE slug = 'motion' RETURNING slug
"""


async def queued_jobs(owner: Database) -> set[JobId]:
    """A queued job of each of several models of one lane."""
    viewer = await make_viewer(owner)
    jobs = [await make_bare_job(owner, viewer, S.QUEUED) for _ in range(MODELS)]
    for number, job_id in enumerate(jobs):
        slug = await fetch_value(owner, ADD_MODEL, f"model-{number}")
        await fetch_value(owner, "UPDATE jobs SET model = $1 WHERE id = $2 RETURNING id", slug, job_id)
    return set(jobs)


async def claim_jobs(work: Database, *, lanes: list[str], count: int = 1) -> list[JobId]:
    async with work.autocommit() as tx:
        claimed = await queue.claim_jobs(
            tx,
            lanes=lanes,
            engines=["motion"],
            count=count,
            worker_id=WorkerId(uuid4()),
            lease_time=timedelta(minutes=1),
        )
    return [one.attempt.job.id for one in claimed]


@pytest.mark.parametrize("_round", range(3))
async def test_claims_at_once_of_many_models_leave_nothing_behind(
    owner: Database, work: Database, _round: int
) -> None:
    jobs = await queued_jobs(owner)

    claimed = await asyncio.gather(*(claim_jobs(work, lanes=["cpu"]) for _ in range(MODELS)))

    assert sorted(job_id for ids in claimed for job_id in ids) == sorted(jobs)


async def test_jobs_follow_their_model_to_another_lane(owner: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    jobs = [await make_bare_job(owner, viewer, status) for status in (S.QUEUED, S.PENDING, S.FAILED)]
    await fetch_value(owner, "INSERT INTO lanes (name) VALUES ('gpu') RETURNING name")

    await fetch_value(owner, "UPDATE models SET lane = 'gpu' WHERE slug = 'motion' RETURNING slug")

    assert {(await read_job(owner, job_id)).lane for job_id in jobs} == {"gpu"}
    assert await claim_jobs(work, lanes=["gpu"]) == [jobs[0]]


async def test_child_never_gets_the_output_of_a_stranger(owner: Database, work: Database) -> None:
    mine, his = [
        await make_bare_job(owner, await make_viewer(owner), status) for status in (S.QUEUED, S.COMPLETED)
    ]
    await fetch_value(
        owner,
        "INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status, bytes, sha256, "
        "width, height) "
        "SELECT gen_random_uuid(), user_id, id, 'output', 'outputs', 'his', 'video/mp4', 'ready', 1, "
        "repeat('0', 64), 1, 1 FROM jobs WHERE id = $1 RETURNING id",
        his,
    )
    await fetch_value(owner, "UPDATE jobs SET parent_job_id = $1 WHERE id = $2 RETURNING id", his, mine)

    async with work.autocommit() as tx:
        (claimed,) = await queue.claim_jobs(
            tx,
            lanes=["cpu"],
            engines=["motion"],
            count=1,
            worker_id=WorkerId(uuid4()),
            lease_time=timedelta(minutes=1),
        )

    assert (claimed.attempt.job.id, claimed.inputs) == (mine, {})
