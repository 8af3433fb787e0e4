from datetime import timedelta
from typing import Any

import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from tests.factories import claim_one, complete, make_asset, make_bare_job, make_output
from tests.web.people import Person, make_queued_job, wrong_fields

AGE = "UPDATE jobs SET created_at = created_at - $2::interval WHERE id = $1"


async def make_doings(owner: Database, work: Database, ada: Person) -> None:
    """Five jobs: two completed ones, which ran for 4 s and 8 s, a failed, a cancelled and a queued one."""
    for seconds in (4.0, 8.0):
        await make_queued_job(owner, ada)
        attempt = await claim_one(work)
        done = await complete(work, attempt, make_output(), log="")
        async with owner.transaction() as tx:
            await tx.execute(
                "UPDATE jobs SET processing_seconds = $2, created_at = completed_at - interval '10 s' "
                "WHERE id = $1",
                done.id,
                seconds,
            )
    for status in (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.QUEUED):
        await make_bare_job(owner, ada.viewer, status)


def counted(metrics: dict[str, Any]) -> list[int]:
    return [metrics[name] for name in ("submitted", "completed", "failed", "cancelled", "credits_charged")]


async def test_what_became_of_jobs_is_counted_and_measured(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_doings(owner, work, ada)
    jobs = (await ada.get("/jobs")).json()["jobs"]

    metrics = (await ada.get("/me/metrics")).json()

    charged = sum(job["credits_charged"] for job in jobs)
    (of_type,) = metrics["job_types"]
    assert charged > 0
    assert counted(metrics) == counted(of_type) == [5, 2, 1, 1, charged]
    assert metrics["success_rate"] == pytest.approx(2 / 3)
    assert (metrics["average_seconds"], metrics["duration_p50_seconds"]) == (10.0, 6.0)
    assert (metrics["window"], of_type["job_type"]) == ("7d", "base")


async def test_nothing_done_is_nothing_measured(ada: Person) -> None:
    metrics = (await ada.get("/me/metrics")).json()

    assert counted(metrics) == [0, 0, 0, 0, 0]
    assert (metrics["success_rate"], metrics["average_seconds"], metrics["job_types"]) == (None, None, [])


async def test_what_another_did_does_not_count(
    ada: Person, bob: Person, owner: Database, work: Database
) -> None:
    await make_doings(owner, work, bob)
    await make_asset(owner, bob.viewer)

    metrics = (await ada.get("/me/metrics")).json()

    assert counted(metrics) == [0, 0, 0, 0, 0]
    assert metrics["stored_bytes"] == 0


@pytest.mark.parametrize(("window", "found"), [("1h", 0), ("24h", 1), ("7d", 1)])
async def test_a_window_looks_back_so_far(ada: Person, owner: Database, window: str, found: int) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.FAILED)
    async with owner.transaction() as tx:
        await tx.execute(AGE, job_id, timedelta(hours=2))

    metrics = (await ada.get("/me/metrics", window=window)).json()

    assert metrics["failed"] == found


async def test_an_unknown_window_is_refused(ada: Person) -> None:
    answer = await ada.get("/me/metrics", window="1y")

    assert (answer.status_code, wrong_fields(answer)) == (422, ["window"])
