"""What is handed out to the streams of one account: lines, rendered once, and who takes which."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rushes.db.events import JobEvent, Progress
from rushes.domain.ids import JobId, UserId
from rushes.domain.jobs import JobStatus, is_final
from rushes.domain.positions import Position, Snapshot
from rushes.web.credentials import Credential
from rushes.web.durations import in_words
from rushes.web.outbox import ENDED, Outbox

_FINAL = frozenset(status for status in JobStatus if is_final(status))

Render = Callable[["Line"], bytes]


@dataclass(slots=True, kw_only=True)
class Line:
    """One thing to say: an event with its id and the position after it, or progress, which has neither."""

    job_id: JobId | None
    type: str
    data: Mapping[str, Any]
    event_id: int | None = None
    position: Position | None = None
    transaction: int = 0
    _rendered: dict[Render, bytes] = field(default_factory=dict[Render, bytes])

    def rendered(self, render: Render) -> bytes:
        """Return its bytes in a form, made once for all streams that have it."""
        frame = self._rendered.get(render)
        if frame is None:
            frame = self._rendered[render] = render(self)
        return frame

    @property
    def ends_job(self) -> bool:
        """Whether the job has come to its end with this."""
        return self.event_id is not None and self.data.get("status") in _FINAL


class Feed:
    """One stream: what it follows, how far it is, and where its frames go.

    It collects lines from the moment that it joins, and sends them from `open` on: so what happens while its
    client's past is read is not missed, and what was read is not said again.
    """

    __slots__ = (
        "_collected",
        "_since",
        "credential",
        "job_id",
        "keep_alive",
        "outbox",
        "render",
        "shift",
        "user_id",
    )

    def __init__(
        self,
        outbox: Outbox,
        *,
        user_id: UserId,
        credential: Credential,
        job_id: JobId | None,
        render: Render,
        keep_alive: bytes | None,
    ) -> None:
        """Begin closed; without a `job_id` it follows all jobs of the account."""
        self.outbox = outbox
        self.user_id = user_id
        self.credential = credential
        self.job_id = job_id
        self.render = render
        self.keep_alive = keep_alive
        self.shift = 0
        self._collected: list[Line] | None = []
        self._since: Snapshot | int | None = None

    def open(self, since: Snapshot | int) -> None:
        """Send what was collected and whatever comes, but for what `since` covers.

        Args:
            since: All that a snapshot saw, or the events of the one job up to an id.
        """
        collected, self._collected, self._since = self._collected or [], None, since
        for line in collected:
            self.take(line)

    def take(self, line: Line) -> None:
        """Send a line, if it is one of this stream's."""
        if self.job_id is not None and line.job_id != self.job_id:
            return
        if self._collected is not None:
            self._collected.append(line)
            return
        if line.event_id is None:
            self.outbox.put(line.rendered(self.render), key=line.job_id)
            return
        if self._covers(line.event_id, line.transaction):
            return
        self.outbox.put(line.rendered(self.render))
        if self.job_id is not None and line.ends_job:
            self.outbox.end(ENDED)

    def _covers(self, event_id: int, transaction: int) -> bool:
        match self._since:
            case int():
                # The lock of the job's row has its events appear in the order of their ids.
                is_covered = event_id <= self._since
            case Snapshot():
                is_covered = self._since.sees(transaction)
            case None:
                is_covered = False
        return is_covered


class Audience:
    """The streams of one account in this process, and how far it was read for them."""

    __slots__ = ("_said", "feeds", "position", "user_id")

    def __init__(self, user_id: UserId, position: Position) -> None:
        """Begin without streams; what happens after `position` will be read."""
        self.user_id = user_id
        self.position = position
        self.feeds: dict[Feed, None] = {}
        self._said: dict[JobId, Mapping[str, Any]] | None = None

    def remember(self, progress: Progress) -> None:
        """Note progress that a stream's snapshot told."""
        self._said = self._said or {}
        self._said.setdefault(progress.job_id, progress_data(progress))

    def lines(
        self, events: Iterable[JobEvent], progress: Iterable[Progress], position: Position
    ) -> list[Line]:
        """Return what is to be said, and go on to `position`, up to which it was read."""
        found = lines_between(self.position, position, events)
        self.position = position
        for line in found:
            if self._said and line.job_id and line.data.get("status") != JobStatus.PROCESSING:
                self._said.pop(line.job_id, None)
        return found + [line for one in progress if (line := self._progress_line(one)) is not None]

    def _progress_line(self, progress: Progress) -> Line | None:
        said = progress_data(progress)
        if self._said is None:
            self._said = {}
        if self._said.get(progress.job_id) == said:
            return None
        self._said[progress.job_id] = said
        return Line(job_id=progress.job_id, type="progress", data=said)


def lines_between(start: Position, end: Position, events: Iterable[JobEvent]) -> list[Line]:
    """Return the events between two positions as lines, in an order in which each has its own position.

    `events` are all that `end` saw and `start` does not have, by their ids.
    """
    rest = list(events)
    found: list[Line] = []
    if start.partly is not None:
        middle = Position(taken_at=start.taken_at, seen=start.partly)
        first = [event for event in rest if middle.seen.sees(event.transaction)]
        rest = [event for event in rest if not middle.seen.sees(event.transaction)]
        found = _lines(start, middle, first)
        start = middle
    return found + _lines(start, end, rest)


def progress_data(progress: Progress) -> Mapping[str, Any]:
    """Return what is said of progress; seconds as words, so that not each second is news."""
    remaining = None if progress.eta_seconds is None else in_words(progress.eta_seconds)
    return {
        "job_id": str(progress.job_id),
        "progress": progress.percent,
        "progress_text": progress.text,
        "estimated_time_remaining": remaining,
    }


def line_of(event: JobEvent, position: Position | None = None) -> Line:
    """Return an event as a line."""
    data = {**event.data, "job_id": str(event.job_id), "created_at": event.created_at}
    return Line(
        job_id=event.job_id,
        type=event.type,
        data=data,
        event_id=event.id,
        position=position,
        transaction=event.transaction,
    )


def _lines(start: Position, end: Position, events: list[JobEvent]) -> list[Line]:
    lines = [
        line_of(
            event,
            Position(taken_at=start.taken_at, seen=start.seen, partly=end.seen, event_id=event.id),
        )
        for event in events[:-1]
    ]
    return lines + [line_of(event, end) for event in events[-1:]]
