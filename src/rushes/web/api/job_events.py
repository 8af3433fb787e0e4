"""Following one job as it changes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from rushes.db import events
from rushes.db.events import Progress, Watched
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import Job, JobStatus, is_final
from rushes.errors import Missing
from rushes.web.addresses import Signer
from rushes.web.api.jobs import show_job
from rushes.web.credentials import Credential, enter
from rushes.web.deps import Proof, SignedIn, Streams, Wired
from rushes.web.errors import documented
from rushes.web.feeds import Feed, Line, line_of
from rushes.web.hub import Hub
from rushes.web.services import Services
from rushes.web.streams import KEEP_ALIVE, FeedResponse, Past, by_job

router = APIRouter(prefix="/jobs", tags=["jobs"])

_NEVER = 2**63 - 1
EventId = Annotated[
    int | None,
    Header(
        alias="Last-Event-ID",
        ge=0,
        le=_NEVER,
        description="The id of the last event that was seen; what happened since then follows.",
    ),
]
EventIdInQuery = Annotated[
    int | None, Query(alias="last_event_id", ge=0, le=_NEVER, description="Instead of the header.")
]

STREAM_EXAMPLE = """retry: 2000

id: 1041
event: snapshot
data: {"id":"0192f0c1-…","status":"queued","progress":0,"queue_position":2}

id: 1047
event: job.processing
data: {"status":"processing","attempt":1,"job_id":"0192f0c1-…","created_at":"2026-07-01T12:00:00Z"}

event: progress
data: {"job_id":"0192f0c1-…","progress":40,"progress_text":"Warping","estimated_time_remaining":"1m 30s"}

: keep-alive

id: 1052
event: job.completed
data: {"status":"completed","attempt":1,"job_id":"0192f0c1-…","created_at":"2026-07-01T12:02:10Z"}

"""

_STREAM: dict[int | str, dict[str, Any]] = documented(401, 404, 429) | {
    200: {
        "description": "A `snapshot` of the job, then each event of its history by its type and with its id, "
        "and `progress` without an id. It ends after the final state. If events that were asked for are no "
        "longer kept, the snapshot has `reset: true` and what it shows replaces them.",
        "content": {"text/event-stream": {"example": STREAM_EXAMPLE}},
    }
}


@router.get("/{job_id}/events", response_class=Response, responses=_STREAM)
async def follow(
    job_id: UUID,
    request: Request,
    services: Wired,
    hub: Streams,
    viewer: SignedIn,
    credential: Proof,
    header: EventId = None,
    query: EventIdInQuery = None,
) -> FeedResponse:
    """Follow a job by server-sent events.

    The first event is the `snapshot`. With the id of the last event that was seen, what happened since then
    follows, each event once; without it, what happens from now on.
    """
    seen = query if header is None else header
    past = JobPast(services, hub, Signer.of(request), job_id=JobId(job_id), seen=seen)
    return FeedResponse(
        hub,
        lambda outbox: Feed(
            outbox,
            user_id=viewer.user_id,
            credential=credential,
            job_id=past.job_id,
            render=by_job,
            keep_alive=KEEP_ALIVE,
        ),
        past.tell,
    )


class JobPast:
    """What a follower of one job is told first."""

    def __init__(
        self, services: Services, hub: Hub, signer: Signer, *, job_id: JobId, seen: int | None
    ) -> None:
        """Go on after the event `seen`, or begin with the job as it stands."""
        self._services = services
        self._hub = hub
        self._signer = signer
        self.job_id = job_id
        self._seen = seen

    async def tell(self, feed: Feed) -> Past:
        """Return the snapshot and what the follower missed.

        Raises:
            Unauthenticated: The credential is worth nothing.
            Missing: The viewer has no such job.
        """
        async with entered(self._services, feed.credential) as (tx, viewer):
            watched = await events.watch_job(tx, job_id=self.job_id, user_id=viewer.user_id)
            if watched is None:
                raise Missing("There is no such job.")
            lines = await self._lines(tx, viewer, watched)
        if watched.job.status is JobStatus.PROCESSING:
            self._hub.audience_of(feed).remember(progress_of(watched.job))
        return Past(
            frames=[line.rendered(feed.render) for line in lines],
            since=watched.last_event_id,
            is_over=is_final(watched.job.status),
        )

    async def _lines(self, tx: Tx, viewer: Viewer, watched: Watched) -> list[Line]:
        document = (await show_job(tx, watched.job, self._signer)).model_dump(mode="json")
        seen, last = self._seen, watched.last_event_id
        if seen is None:
            return [snapshot_line(watched.job, document, event_id=last)]
        is_pruned = seen < last and await events.was_pruned_after(
            tx, job_id=self.job_id, user_id=viewer.user_id, event_id=seen
        )
        if is_pruned or (seen and not last):
            return [snapshot_line(watched.job, document | {"reset": True}, event_id=last)]
        # Without an id: a client that is cut off before the events between must ask for them again.
        found = [snapshot_line(watched.job, document, event_id=None)]
        return found + await self._history(tx, viewer, after_id=seen, last_id=last)

    async def _history(self, tx: Tx, viewer: Viewer, *, after_id: int, last_id: int) -> list[Line]:
        found: list[Line] = []
        while after_id < last_id:
            lines = await events.list_events_after(
                tx, job_id=self.job_id, user_id=viewer.user_id, after_id=after_id
            )
            # What happened since the job was read comes from the hub.
            found += [line_of(line) for line in lines if line.id <= last_id]
            after_id = lines[-1].id
        return found


def snapshot_line(job: Job, document: dict[str, Any], *, event_id: int | None) -> Line:
    """Return the job as a line; with the id of the event that led to its state, or without one."""
    return Line(job_id=job.id, type="snapshot", data=document, event_id=event_id)


def progress_of(job: Job) -> Progress:
    """Return what the running attempt of a job says of itself."""
    return Progress(job_id=job.id, percent=job.progress, text=job.progress_text, eta_seconds=job.eta_seconds)


@asynccontextmanager
async def entered(services: Services, credential: Credential) -> AsyncGenerator[tuple[Tx, Viewer]]:
    """Open a transaction of the viewer whose credential it is.

    Raises:
        Unauthenticated: The credential is worth nothing.
    """
    async with services.database.transaction() as tx:
        yield tx, await enter(tx, credential)
