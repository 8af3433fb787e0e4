"""What keeps the jobs of open pages up to date: one stream for all pages of an account, and their numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from rushes.db import jobs
from rushes.db.job_search import JobFilter
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.waiting import Waiting
from rushes.web.api.jobs import explain_waits, find_page
from rushes.web.api.user_events import PositionInQuery, PositionText, UserPast, read_position
from rushes.web.deps import Proof, Reading, SignedIn, Streams, Visit, Wired
from rushes.web.feeds import Feed, Line
from rushes.web.json_answers import answer
from rushes.web.pages.cards.card import DOING, left_in_words, progress_of
from rushes.web.streams import FeedResponse, frame

router = APIRouter(prefix="/jobs", include_in_schema=False)

NEWEST_JOBS = 20
"""So many are told by their ids: a page finds among them those that came after it."""
KEEP_ALIVE_EVENT = frame("keep-alive", {})
"""No comment: scripts see none, and a page that hears nothing for long takes its stream for lost."""

Ids = Annotated[list[UUID], Query(alias="job", default_factory=list, max_length=100)]


@router.get("/live", response_class=Response)
async def follow(
    services: Wired,
    hub: Streams,
    viewer: SignedIn,
    credential: Proof,
    header: PositionText = None,
    query: PositionInQuery = None,
) -> FeedResponse:
    """Say what happens to the viewer's jobs: `state` when one changes, `progress` while one runs.

    The first event is a `snapshot`, after which pages ask for the numbers that they show.
    """
    seen = read_position(query if header is None else header)
    past = UserPast(services, hub, _nothing, seen=seen)
    return FeedResponse(
        hub,
        lambda outbox: Feed(
            outbox,
            user_id=viewer.user_id,
            credential=credential,
            job_id=None,
            render=by_page,
            keep_alive=KEEP_ALIVE_EVENT,
        ),
        past.tell,
    )


@router.get("/progress")
async def progress(visit: Reading, job_ids: Ids) -> Response:
    """Say how far some jobs are, and which of all jobs are the newest."""
    found = await jobs.list_jobs_among(visit.tx, user_id=visit.viewer.user_id, job_ids=job_ids)
    waits = await explain_waits(visit.tx, found)
    return answer(
        {
            "jobs": [_numbers(job, waits.get(job.id)) for job in sorted(found, key=lambda job: job.id)],
            "newest": await _newest(visit),
        }
    )


def by_page(line: Line) -> bytes:
    """Return a line as the pages want it: in words, and of a change only what it came to."""
    said: dict[str, Any] = {"id": line.data.get("job_id")}
    if line.type == "snapshot":
        return frame(line.type, line.data, event_id=line.position)
    if line.type == "progress":
        said |= {
            "status": JobStatus.PROCESSING,
            "percent": line.data["progress"],
            "text": line.data["progress_text"] or DOING[JobStatus.PROCESSING],
            "left": left_in_words(line.data["estimated_time_remaining"]),
        }
        return frame(line.type, said)
    return frame("state", said | {"status": line.data.get("status")}, event_id=line.position)


async def _nothing(_tx: Tx, _viewer: Viewer, _jobs: Sequence[Job]) -> dict[str, Any]:
    # Each page asks for what it shows: also one that is opened while the stream has long begun.
    return {}


def _numbers(job: Job, waiting: Waiting | None) -> dict[str, Any]:
    said = asdict(progress_of(job, waiting, now=datetime.now(UTC)))
    return {"id": job.id, "status": job.status} | {name: said[name] for name in ("percent", "text", "left")}


async def _newest(visit: Visit) -> list[JobId]:
    found, _ = await find_page(visit, JobFilter(), limit=NEWEST_JOBS, cursor=None)
    return [job.id for job in found]
