"""Following all jobs of the viewer as they change."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from rushes.db import events
from rushes.db.events import WatchedJobs
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.positions import MAX_CHARACTERS, Position
from rushes.domain.retention import Retention
from rushes.errors import FieldProblem, InvalidFields
from rushes.web.addresses import Signer
from rushes.web.api.job_events import entered, progress_of
from rushes.web.api.jobs import show_jobs
from rushes.web.deps import Proof, SignedIn, Streams, Wired
from rushes.web.errors import documented
from rushes.web.feeds import Feed, Line, lines_between
from rushes.web.hub import Hub
from rushes.web.services import Services
from rushes.web.streams import KEEP_ALIVE, FeedResponse, Past, by_user

router = APIRouter(prefix="/events", tags=["jobs"])

SNAPSHOT_JOBS = 100
"""The most active jobs that a snapshot shows; the rest are found by the list of active jobs."""
MISSED_EVENTS = 10_000
"""The most that is told of what was missed; who missed more begins anew."""

# Less than events are kept: one can carry the time at which its transaction began.
_OLDEST = Retention().events - timedelta(hours=1)

Show = Callable[[Tx, Viewer, Sequence[Job]], Awaitable[Mapping[str, Any]]]
"""Says in a snapshot what its reader needs to know of the newest active jobs."""

PositionText = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=MAX_CHARACTERS,
        description="The id of the last event that was seen; what happened since then follows.",
    ),
]
PositionInQuery = Annotated[
    str | None,
    Query(alias="last_event_id", max_length=MAX_CHARACTERS, description="Instead of the header."),
]

_EXAMPLE = """retry: 2000

id: 1782907200~748211:748211:
event: snapshot
data: {"jobs":[{"id":"0192f0c1-…","status":"queued"}],"active_count":1,"reset":false}

id: 1782907200~748215:748215:
event: job.processing
data: {"status":"processing","attempt":1,"job_id":"0192f0c1-…","created_at":"2026-07-01T12:00:00Z"}

event: progress
data: {"job_id":"0192f0c1-…","progress":40,"progress_text":"Warping","estimated_time_remaining":"1m 30s"}

: keep-alive

"""

_STREAM: dict[int | str, dict[str, Any]] = documented(401, 429) | {
    200: {
        "description": f"A `snapshot` of the newest active jobs ({SNAPSHOT_JOBS} at the most; "
        "`active_count` has them all), then each event of every job by its type, and `progress` without an "
        "id. An id says how far the stream was read; it is opaque. If what was asked for is no longer kept, "
        f"or is more than {MISSED_EVENTS:,} events, the snapshot has `reset: true`: what it shows replaces "
        "them. The stream ends when the server stops, when the credential ends, or when its client is too "
        "slow.",
        "content": {"text/event-stream": {"example": _EXAMPLE}},
    }
}


@router.get("", name="follow_all", response_class=Response, responses=_STREAM)
async def follow(
    request: Request,
    services: Wired,
    hub: Streams,
    viewer: SignedIn,
    credential: Proof,
    header: PositionText = None,
    query: PositionInQuery = None,
) -> FeedResponse:
    """Follow all jobs by server-sent events.

    The first event is the `snapshot` of what is active. With the id of the last event that was seen, what
    happened since then follows, each event once; without it, what happens from now on.
    """
    seen = read_position(query if header is None else header)
    past = UserPast(services, hub, in_full(Signer.of(request)), seen=seen)
    return FeedResponse(
        hub,
        lambda outbox: Feed(
            outbox,
            user_id=viewer.user_id,
            credential=credential,
            job_id=None,
            render=by_user,
            keep_alive=KEEP_ALIVE,
        ),
        past.tell,
    )


def in_full(signer: Signer) -> Show:
    """Return what shows jobs as the API does."""

    async def show(tx: Tx, _viewer: Viewer, jobs: Sequence[Job]) -> Mapping[str, Any]:
        return {"jobs": [job.model_dump(mode="json") for job in await show_jobs(tx, jobs, signer)]}

    return show


def read_position(text: str | None) -> Position | None:
    """Return the position that an id of these streams stands for.

    Raises:
        InvalidFields: It is no such id.
    """
    try:
        return None if text is None else Position.parse(text)
    except ValueError as error:
        problem = FieldProblem(field="last_event_id", message="Use the id of an event of this stream.")
        raise InvalidFields(fields=(problem,)) from error


class UserPast:
    """What a follower of all jobs is told first."""

    def __init__(self, services: Services, hub: Hub, show: Show, *, seen: Position | None) -> None:
        """Go on after `seen`, or begin with the active jobs as they stand."""
        self._services = services
        self._hub = hub
        self._show = show
        self._seen = seen

    async def tell(self, feed: Feed) -> Past:
        """Return the snapshot and what the follower missed.

        Raises:
            Unauthenticated: The credential is worth nothing.
        """
        async with entered(self._services, feed.credential) as (tx, viewer):
            watched = await events.watch_active(tx, user_id=viewer.user_id, count=SNAPSHOT_JOBS)
            lines = await self._lines(tx, viewer, watched)
        audience = self._hub.audience_of(feed)
        for job in watched.jobs:
            if job.status is JobStatus.PROCESSING:
                audience.remember(progress_of(job))
        return Past(frames=[line.rendered(feed.render) for line in lines], since=watched.position.seen)

    async def _lines(self, tx: Tx, viewer: Viewer, watched: WatchedJobs) -> Sequence[Line]:
        shown = await self._show(tx, viewer, watched.jobs)
        snapshot = {**shown, "active_count": watched.active_count, "reset": False}
        if self._seen is None:
            return [_snapshot_line(snapshot, watched.position)]
        missed = await self._missed(tx, viewer, self._seen, watched.position)
        if missed is None:
            return [_snapshot_line(snapshot | {"reset": True}, watched.position)]
        # Without an id: a client that is cut off before the events between must ask for them again.
        return [_snapshot_line(snapshot, None), *missed]

    async def _missed(self, tx: Tx, viewer: Viewer, seen: Position, until: Position) -> list[Line] | None:
        # One from the future is of another database: this one was restored, or moved.
        if seen.seen.end > until.seen.end or seen.is_older_than(_OLDEST, now=datetime.now(UTC)):
            return None
        found = await events.list_missed_events(
            tx, user_id=viewer.user_id, seen=seen.seen, until=until.seen, count=MISSED_EVENTS + 1
        )
        if len(found) > MISSED_EVENTS:
            return None
        rest = [event for event in found if not seen.has(event.transaction, event.id)]
        return lines_between(seen, until, rest)


def _snapshot_line(data: dict[str, Any], position: Position | None) -> Line:
    return Line(job_id=None, type="snapshot", data=data, position=position)
