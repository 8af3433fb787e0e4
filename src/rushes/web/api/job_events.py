"""Following one job as it changes."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from rushes.db import events
from rushes.db.events import JobEvent, Watched
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobStatus, is_final
from rushes.errors import Missing
from rushes.web.addresses import Signer
from rushes.web.api.jobs import show_job
from rushes.web.credentials import Credential, enter
from rushes.web.deps import Fanout, Proof, Wired
from rushes.web.durations import in_words
from rushes.web.errors import documented
from rushes.web.services import Services
from rushes.web.streams import streamed

router = APIRouter(prefix="/jobs", tags=["jobs"])

_NEVER = 2**63 - 1
EventId = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=_NEVER)]
EventIdInQuery = Annotated[
    int | None, Query(alias="last_event_id", ge=0, le=_NEVER, description="Instead of the header.")
]

_STREAM: dict[int | str, dict[str, Any]] = documented(401, 404) | {
    200: {
        "description": "A `snapshot` of the job, then each event of its history by its type and with its id, "
        "and `progress` without an id. It ends after the final state.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    progress: int
    progress_text: str | None
    estimated_time_remaining: str | None


@router.get("/{job_id}/events", response_class=EventSourceResponse, responses=_STREAM)
async def follow(
    job_id: UUID,
    request: Request,
    services: Wired,
    live: Fanout,
    credential: Proof,
    header: EventId = None,
    query: EventIdInQuery = None,
) -> EventSourceResponse:
    """Follow a job by server-sent events.

    The first event is the `snapshot`. With the id of the last event that was seen, what happened since then
    follows, each event once; without it, what happens from now on.
    """
    seen = query if header is None else header
    follower = Follower(services, credential, Signer.of(request), job_id=job_id, seen=seen)
    await follower.require_job()
    return streamed(live, follower.look, job_id)


class Follower:
    """Reads what is new about one job since it last looked."""

    def __init__(
        self, services: Services, credential: Credential, signer: Signer, *, job_id: UUID, seen: int | None
    ) -> None:
        """Go on after the event `seen`, or begin with the job as it stands."""
        self._services = services
        self._credential = credential
        self._signer = signer
        self._job_id = job_id
        self._seen = seen
        self._said: _Saying | None = None

    async def require_job(self) -> None:
        """Check that the viewer has the job, while the answer can still say so.

        Raises:
            Unauthenticated: The credential is worth nothing.
            Missing: He has no such job.
        """
        async with self._entered() as (tx, viewer):
            await self._watch(tx, viewer)

    async def look(self) -> tuple[Sequence[ServerSentEvent], bool]:
        """Return what is new, and whether the job has ended."""
        async with self._entered() as (tx, viewer):
            watched = await self._watch(tx, viewer)
            found = await self._snapshot(tx, watched) if self._said is None else []
            found += await self._history(tx, viewer, watched)
        saying = _saying(watched.job)
        if self._said not in {None, saying} and watched.job.status is JobStatus.PROCESSING:
            found.append(_event("progress", saying))
        self._said = saying
        return found, is_final(watched.job.status)

    @asynccontextmanager
    async def _entered(self) -> AsyncGenerator[tuple[Tx, Viewer]]:
        # At each look anew: a revoked session sees nothing more.
        async with self._services.database.transaction() as tx:
            yield tx, await enter(tx, self._credential)

    async def _watch(self, tx: Tx, viewer: Viewer) -> Watched:
        watched = await events.watch_job(tx, job_id=self._job_id, user_id=viewer.user_id)
        if watched is None:
            raise Missing("There is no such job.")
        return watched

    async def _snapshot(self, tx: Tx, watched: Watched) -> list[ServerSentEvent]:
        document = await show_job(tx, watched.job, self._signer)
        last = watched.last_event_id
        if self._seen is None:
            self._seen = last
            return [ServerSentEvent(event="snapshot", data=document.model_dump_json(), id=str(last))]
        # Without an id: a client that is cut off before the events between must ask for them again.
        self._seen = min(self._seen, last)
        return [ServerSentEvent(event="snapshot", data=document.model_dump_json())]

    async def _history(self, tx: Tx, viewer: Viewer, watched: Watched) -> list[ServerSentEvent]:
        found: list[ServerSentEvent] = []
        while self._seen is not None and self._seen < watched.last_event_id:
            lines = await events.list_events_after(
                tx, job_id=watched.job.id, user_id=viewer.user_id, after_id=self._seen
            )
            # What happened since the job was read belongs to the next look, with the job as it is then.
            found += [_line(line) for line in lines if line.id <= watched.last_event_id]
            self._seen = min(lines[-1].id, watched.last_event_id)
        return found


def _saying(job: Job) -> _Saying:
    remaining = None if job.eta_seconds is None else in_words(job.eta_seconds)
    return _Saying(progress=job.progress, progress_text=job.progress_text, estimated_time_remaining=remaining)


def _line(line: JobEvent) -> ServerSentEvent:
    return _event(line.type, {**line.data, "created_at": line.created_at}, id_=line.id)


def _event(name: str, value: Any, *, id_: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(
        event=name, data=orjson.dumps(value).decode(), id=None if id_ is None else str(id_)
    )
