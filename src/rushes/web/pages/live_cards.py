"""The stream that keeps the live jobs of one page up to date."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from rushes.db import jobs
from rushes.domain.jobs import Job, is_final
from rushes.domain.waiting import Waiting
from rushes.web.api.jobs import explain_waits
from rushes.web.credentials import Credential, enter
from rushes.web.deps import Fanout, Proof, SignedIn, Wired
from rushes.web.pages.cards import progress_of
from rushes.web.services import Services
from rushes.web.streams import LookResponse, frame

router = APIRouter(include_in_schema=False)

Ids = Annotated[list[UUID], Query(alias="job", min_length=1, max_length=100)]


@router.get("/jobs/live", response_class=Response)
async def follow(
    services: Wired, live: Fanout, _viewer: SignedIn, credential: Proof, job_ids: Ids
) -> LookResponse:
    """Say how far some jobs are, each time that this changes, until all have ended.

    Every message says all there is to know: nothing has to be resumed after a lost connection.
    """
    return LookResponse(live, _Page(services, credential, job_ids).look, *job_ids)


class _Page:
    def __init__(self, services: Services, credential: Credential, job_ids: Sequence[UUID]) -> None:
        self._services = services
        self._credential = credential
        self._job_ids = job_ids
        self._said: Any = None

    async def look(self) -> tuple[Sequence[bytes], bool]:
        async with self._services.database.transaction() as tx:
            viewer = await enter(tx, self._credential)
            found = await jobs.list_jobs_among(tx, user_id=viewer.user_id, job_ids=self._job_ids)
            waits = await explain_waits(tx, found)
        saying = [_saying(job, waits.get(job.id)) for job in sorted(found, key=lambda job: job.id)]
        news = [frame("jobs", saying)]
        if saying == self._said:
            news = []
        self._said = saying
        return news, all(is_final(job.status) for job in found)


def _saying(job: Job, waiting: Waiting | None) -> dict[str, Any]:
    progress = asdict(progress_of(job, waiting, now=datetime.now(UTC)))
    # The page counts the time itself; a clock in the message would make every message new.
    return {"id": str(job.id), "status": job.status} | {
        name: progress[name] for name in ("percent", "text", "left")
    }
