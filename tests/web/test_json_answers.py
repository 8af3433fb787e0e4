"""Answers that are written without their model say what the model would."""

from typing import Any

from pydantic import BaseModel

from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobStatus
from rushes.web.api.job_documents import JobDocument, JobPage
from rushes.web.api.submissions import BatchDocument
from tests.factories import claim_one, complete, make_bare_job, make_output
from tests.web.people import Person, base_job, make_queued_job


def written_by(model: type[BaseModel], document: Any) -> Any:
    """What the model makes of a document: the same, if it has all its fields, no others, and their forms."""
    return model.model_validate(document, extra="forbid").model_dump(mode="json")


async def make_jobs_in_every_state(owner: Database, viewer: Viewer) -> None:
    for status in JobStatus:
        await make_bare_job(owner, viewer, status)


async def test_a_page_of_jobs_in_every_state_is_what_its_model_writes(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_queued_job(owner, ada, prompt="A fox.", metadata={"scene": [1, "ä", None]})
    await complete(work, await claim_one(work), make_output(), log="")
    await make_jobs_in_every_state(owner, ada.viewer)

    page = (await ada.get("/jobs")).json()

    assert {job["status"] for job in page["jobs"]} == {status.value for status in JobStatus}
    assert written_by(JobPage, page) == page


async def test_a_reviewed_job_is_what_its_model_writes(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)
    async with owner.transaction() as tx:
        await tx.execute(
            "UPDATE jobs SET quality_rating = 4.5, expansion_percentage = 12, compel_weights = $2, "
            "reviewed_at = now(), reviewed_by = user_id, rating = 5 WHERE id = $1",
            job.id,
            {"fox": 1.2},
        )

    (shown,) = (await ada.get("/jobs")).json()["jobs"]

    assert shown["quality_rating"] == 4.5
    assert written_by(JobDocument, shown) == shown


async def test_a_submitted_job_is_what_its_model_writes(ada: Person, owner: Database) -> None:
    answer = await ada.post("/jobs", await base_job(owner, ada))

    assert answer.status_code == 202
    assert written_by(JobDocument, answer.json()) == answer.json()


async def test_a_submitted_batch_is_what_its_model_writes(ada: Person, owner: Database) -> None:
    answer = await ada.post("/jobs/batch", {"jobs": [await base_job(owner, ada), await base_job(owner, ada)]})

    assert answer.status_code == 202
    assert written_by(BatchDocument, answer.json()) == answer.json()
