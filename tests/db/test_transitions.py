from itertools import product

import pytest
from uuid_utils.compat import uuid7

from rushes.db.pool import Database
from rushes.domain.jobs import BEGINNINGS, TRANSITIONS, JobStatus
from rushes.errors import IllegalTransition
from tests.factories import ENTER, INSERT_JOB, fetch_value, make_bare_job, make_viewer

PAIRS = list(product(JobStatus, JobStatus))
LEGAL = [(status, target) for status, target in PAIRS if target in TRANSITIONS[status]]
REFUSED = [(status, target) for status, target in PAIRS if target not in TRANSITIONS[status]]
ROW = "SELECT row_to_json(jobs)::text FROM jobs WHERE id = $1"


@pytest.mark.parametrize(("status", "target"), LEGAL)
async def test_database_allows_a_legal_change(owner: Database, status: JobStatus, target: JobStatus) -> None:
    job_id = await make_bare_job(owner, await make_viewer(owner), status)

    async with owner.transaction() as tx:
        await tx.execute(ENTER, job_id, target)

    assert await fetch_value(owner, "SELECT status FROM jobs WHERE id = $1", job_id) == target


@pytest.mark.parametrize(("status", "target"), REFUSED)
async def test_database_refuses_every_other_change(
    owner: Database, status: JobStatus, target: JobStatus
) -> None:
    job_id = await make_bare_job(owner, await make_viewer(owner), status)
    before = await fetch_value(owner, ROW, job_id)

    with pytest.raises(IllegalTransition):
        async with owner.transaction() as tx:
            await tx.execute(ENTER, job_id, target)

    assert await fetch_value(owner, ROW, job_id) == before


@pytest.mark.parametrize("status", sorted(set(JobStatus) - BEGINNINGS))
async def test_job_begins_as_nothing_else_than_pending_or_queued(owner: Database, status: JobStatus) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(IllegalTransition):
        async with owner.transaction() as tx:
            await tx.execute(INSERT_JOB, uuid7(), viewer.user_id, status)


async def test_change_of_state_leaves_an_event(owner: Database) -> None:
    job_id = await make_bare_job(owner, await make_viewer(owner), JobStatus.QUEUED)

    types = await fetch_value(
        owner, "SELECT array_agg(type ORDER BY id) FROM job_events WHERE job_id = $1", job_id
    )

    assert types == ["job.pending", "job.validating", "job.queued"]
