"""Following a job to its end, across lost connections and restarts of the server."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import JsonValue, TypeAdapter, ValidationError

from rushes.client.errors import (
    ClientError,
    InvalidAnswer,
    Limited,
    ServerTrouble,
    Unreachable,
    WaitTimeout,
)
from rushes.client.job_documents import Job
from rushes.client.jobs import JobRef, id_of, show
from rushes.client.server import Server
from rushes.client.sse import EventParser, ServerEvent
from rushes.client.wire import Answer

SILENCE_SECONDS = 45.0
"""A server says something every 15 seconds; who hears nothing for so long has lost it."""

STREAM_TRIES = 3
"""After so many streams in a row that said nothing, something between holds them up: ask again and again."""

POLL_FIRST_SECONDS = 1.0
POLL_LONGEST_SECONDS = 10.0

_Fields = TypeAdapter(dict[str, JsonValue])


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """Something that happened to a job.

    `name` is `snapshot`, `progress`, or the type of an event of its history such as `job.completed`; `id` is
    that of the last event of the history so far, to resume after; `data` is what the server said, and `job`
    is the job with that applied.
    """

    name: str
    id: str | None
    data: Mapping[str, JsonValue]
    job: Job


async def events(
    server: Server,
    job: JobRef,
    *,
    last_event_id: str | None = None,
    timeout_seconds: float | None = None,
) -> AsyncGenerator[JobEvent]:
    """Yield what happens to a job until it has ended, each event of its history once.

    Begins with a snapshot. If the server goes away, it is asked again until it is back; if streams do not get
    through to it, the job is asked for every few seconds.

    Args:
        server: The server.
        job: The job or its id.
        last_event_id: The `id` of an event: what happened since then is told first.
        timeout_seconds: How long to follow; looked at whenever the server says something, which it does
            every 15 seconds or more often.

    Raises:
        WaitTimeout: The job has not ended in time.
        Missing: There is no such job.
        Unreachable: The server was away for too long.
    """
    follower = _Follower(server, job, last_event_id=last_event_id, timeout_seconds=timeout_seconds)
    while True:
        try:
            async with aclosing(follower.look()) as found:
                async for event in found:
                    yield event
        except (Unreachable, Limited, ServerTrouble) as error:
            follower.note_trouble(error)
        if follower.is_over:
            return
        await server.wire.sleep(follower.wait_seconds())


async def wait(
    server: Server,
    job: JobRef,
    *,
    on_event: Callable[[JobEvent], object] | None = None,
    timeout_seconds: float | None = None,
) -> Job:
    """Return a job when it has ended, in whatever way: look at its `status`.

    Args:
        server: The server.
        job: The job or its id.
        on_event: Called with each `JobEvent`.
        timeout_seconds: How long to wait, as for `events`.

    Raises:
        WaitTimeout: The job has not ended in time.
        Missing: There is no such job.
        Unreachable: The server was away for too long.
    """
    async with aclosing(events(server, job, timeout_seconds=timeout_seconds)) as happening:
        async for event in happening:
            if on_event is not None:
                on_event(event)
    return await show(server, job)


class _Follower:
    """What is known of a job that is followed, and how its server has been doing."""

    def __init__(
        self, server: Server, job: JobRef, *, last_event_id: str | None, timeout_seconds: float | None
    ) -> None:
        self._server = server
        self._job_id = id_of(job)
        self._last_event_id = last_event_id
        self._fields: dict[str, JsonValue] = {}
        self._job: Job | None = None
        self._heard_at = time.monotonic()
        self._deadline = None if timeout_seconds is None else self._heard_at + timeout_seconds
        self._tries = 0
        self._silent_streams = 0
        self._polls = 0
        self._trouble: ClientError | None = None
        self._reconnect_seconds: float | None = None
        self._is_ended = False

    @property
    def is_over(self) -> bool:
        """Tell whether the job has ended and all was told."""
        return self._is_ended or (self._job is not None and self._job.is_final)

    async def look(self) -> AsyncGenerator[JobEvent]:
        """Yield what a stream says until it ends, or what the job is now if streams do not get through."""
        self._require_time()
        self._tries += 1
        if self._silent_streams < STREAM_TRIES:
            self._silent_streams += 1
            async with aclosing(self._read_stream()) as found:
                async for event in found:
                    self._note_life()
                    self._silent_streams = 0
                    yield event
        else:
            self._polls += 1
            job = await show(self._server, self._job_id)
            self._note_life()
            if job != self._job:
                self._job = job
                yield JobEvent(
                    name="snapshot", id=self._last_event_id, data=job.model_dump(mode="json"), job=job
                )

    def note_trouble(self, error: ClientError) -> None:
        """Put up with an error, unless the server has been away for too long."""
        if not _is_held_up(error):
            self._silent_streams = max(0, self._silent_streams - 1)
        away = time.monotonic() - self._heard_at
        if not self.is_over and away > self._server.patience.away_seconds:
            raise error
        self._trouble = error

    def wait_seconds(self) -> float:
        """Return how long to wait before the next look."""
        if self._polls and self._trouble is None:
            wait = min(POLL_FIRST_SECONDS * 2 ** min(self._polls, 10), POLL_LONGEST_SECONDS)
        else:
            error = self._trouble or Unreachable("The stream ended.", is_sent=True)
            wait = self._server.patience.wait_seconds(error, tries=self._tries)
            if wait is None:
                raise error
            wait = max(wait, self._reconnect_seconds or 0.0)
        self._trouble = None
        return wait if self._deadline is None else min(wait, max(0.0, self._deadline - time.monotonic()))

    async def _read_stream(self) -> AsyncGenerator[JobEvent]:
        parser = EventParser(self._last_event_id)
        seen = {} if self._last_event_id is None else {"Last-Event-ID": self._last_event_id}
        request = self._server.request(
            "GET",
            f"/jobs/{self._job_id}/events",
            headers={"Accept": "text/event-stream", "Cache-Control": "no-store", **seen},
            answer_seconds=self._silence_seconds(),
        )
        async with self._server.open(request) as answer:
            if not _is_stream(answer):
                self._silent_streams = STREAM_TRIES
                return
            async for chunk in answer.chunks:
                for sent in parser.feed(chunk):
                    yield self._event(sent)
                self._reconnect_seconds = parser.reconnect_seconds
                self._require_time()

    def _event(self, sent: ServerEvent) -> JobEvent:
        self._last_event_id = sent.last_event_id
        try:
            data = _Fields.validate_json(sent.data)
            known = data if sent.name == "snapshot" else {k: v for k, v in data.items() if k in _OF_A_JOB}
            self._fields |= known
            job = self._job = Job.model_validate(self._fields)
        except ValidationError as error:
            raise InvalidAnswer(f"The event {sent.name!r} of a job cannot be understood.") from error
        return JobEvent(name=sent.name, id=sent.last_event_id, data=data, job=job)

    def _note_life(self) -> None:
        self._heard_at = time.monotonic()
        self._tries = 0

    def _silence_seconds(self) -> float:
        if self._deadline is None:
            return SILENCE_SECONDS
        return min(SILENCE_SECONDS, max(0.001, self._deadline - time.monotonic()))

    def _require_time(self) -> None:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            status = "" if self._job is None else f"; it is {self._job.status}"
            raise WaitTimeout(f"The job {self._job_id} has not ended in time{status}.")


_OF_A_JOB = Job.model_fields.keys() - {"created_at"}  # an event has a moment of its own by that name


def _is_held_up(error: ClientError) -> bool:
    """Tell whether something between the server and us may have kept a stream back until its time was up."""
    if isinstance(error, Unreachable):
        return error.is_sent
    return isinstance(error, ServerTrouble) and error.status == HTTPStatus.GATEWAY_TIMEOUT


def _is_stream(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("text/event-stream")
