"""Asking a server: who asks, what is repeated and when, and what becomes of its answers."""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import to_json

from rushes.client.errors import (
    ClientError,
    InvalidAnswer,
    Limited,
    Missing,
    Refused,
    ServerTrouble,
    Unreachable,
)
from rushes.client.errors import refused as refused_
from rushes.client.wire import ANSWER_SECONDS, Answer, Body, Params, Request, Wire

T = TypeVar("T")

API = "/api/v1"
ANSWER_BYTES = 64 * 1024 * 1024
"""A longer document is none of this API's."""

_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a client puts up with a server that is away, and how it asks again.

    A request is tried at most `attempts` times. The wait between two tries doubles from `first_wait_seconds`
    up to `longest_wait_seconds`, or is what the server asks for; if it asks for more than that, the error is
    raised at once. Who waits for a job does so for as long as the server is not away for more than
    `away_seconds`.
    """

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 30.0
    away_seconds: float = 300.0

    def wait_seconds(self, error: ClientError, *, tries: int) -> float | None:
        """Return how long to wait after so many tries; `None`: the server wants more patience than there is.

        Exponential with full jitter in its upper half, so that clients that lost their server together do not
        come back together.
        """
        asked = error.retry_after_seconds if isinstance(error, Refused) else None
        if asked is not None:
            return asked if asked <= self.longest_wait_seconds else None
        longest = min(self.first_wait_seconds * 2 ** min(tries - 1, 16), self.longest_wait_seconds)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  # it only spreads clients, it keeps no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server as one account uses it: its address, the credential, and the wire to it."""

    wire: Wire
    address: str
    credential: str | None
    patience: Patience

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        document: object = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> Request:
        """Return a request to the API; one that only reads or deletes is repeatable unless that is given."""
        own = {"Accept": "application/json"}
        if self.credential is not None:
            # Only here: a signed address may be of another host, which must not learn the credential.
            own["Authorization"] = f"Bearer {self.credential}"
        if document is not None:
            own["Content-Type"] = "application/json"
        return Request(
            method=method,
            url=f"{self.address}{API}{path}",
            params=params or {},
            headers=own | dict(headers or {}),
            body=body if document is None else _body(to_json(document)),
            is_repeatable=method in {"GET", "PUT", "DELETE"} if is_repeatable is None else is_repeatable,
            answer_seconds=answer_seconds,
        )

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> T:
        """Send a request, again where that is safe and can help, and return what `read` makes of the answer.

        Raises:
            ClientError: There is no answer, or it is no success, or `read` does not understand it.
        """
        tries = 0
        while True:
            tries += 1
            try:
                return await self._ask_once(request, read)
            except Missing:
                if tries == 1 or request.method != "DELETE":
                    raise
                return read(b"")  # the try before, whose answer was lost, deleted it
            except (Unreachable, Limited, ServerTrouble) as error:
                wait = self._wait_before_repeat(request, error, tries=tries)
                if wait is None:
                    raise
            await self.wire.sleep(wait)

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[Answer]:
        """Send a request once and return the head of an answer that is a success.

        Raises:
            ClientError: There is no answer, or it is no success.
        """
        async with self.wire.open(request) as answer:
            if answer.status not in _SUCCESS:
                raise refused_(
                    answer.status,
                    await _read_all(answer),
                    retry_after_seconds=_retry_after(answer.headers),
                    request_id=answer.headers.get("x-request-id"),
                )
            yield answer

    async def _ask_once(self, request: Request, read: Callable[[bytes], T]) -> T:
        async with self.open(request) as answer:
            content = await _read_all(answer)
        try:
            return read(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "its body"
            raise InvalidAnswer(
                f"The answer to {request.method} {request.url} cannot be understood: {where}: {first['msg']}."
            ) from error

    def _wait_before_repeat(self, request: Request, error: ClientError, *, tries: int) -> float | None:
        # What did not reach the server, or was turned away at its door, has changed nothing.
        was_done = not (isinstance(error, Limited) or (isinstance(error, Unreachable) and not error.is_sent))
        helps = not isinstance(error, ServerTrouble) or error.status in {502, 503, 504}
        if tries >= self.patience.attempts or not helps or (was_done and not request.is_repeatable):
            return None
        return self.patience.wait_seconds(error, tries=tries)


def nothing(content: bytes) -> None:
    """Read an answer of which only its success matters."""
    del content


def _body(content: bytes) -> Body:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return chunks


async def _read_all(answer: Answer) -> bytes:
    content = bytearray()
    async for chunk in answer.chunks:
        content += chunk
        if len(content) > ANSWER_BYTES:
            raise InvalidAnswer("The answer does not end.")
    return bytes(content)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` says (RFC 9110, 10.2.3), if it says any."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
