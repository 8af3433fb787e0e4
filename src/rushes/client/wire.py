"""How requests travel: one protocol of coroutines, for a wire that suspends and for one that blocks."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, Protocol, TypeVar

import httpx

from rushes.client.driving import iterate
from rushes.client.errors import ClientError, InvalidAnswer, Unreachable

P = ParamSpec("P")
T = TypeVar("T")

Params = Mapping[str, str | int | bool | Sequence[str] | None]
Body = Callable[[], AsyncIterator[bytes]]
"""Makes the bytes of a request anew for each try."""

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; `url` is absolute.

    `is_repeatable` tells whether doing it twice is as good as once; `answer_seconds` is the longest silence
    before and within its answer.
    """

    method: str
    url: str
    params: Params = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Body | None = None
    is_repeatable: bool = False
    follows_redirects: bool = False
    answer_seconds: float = ANSWER_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The head of an answer, and its body as it arrives."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Wire(Protocol):
    """A way to a server, and to what else makes a program wait."""

    def open(self, request: Request) -> AbstractAsyncContextManager[Answer]:
        """Send a request and return the head of its answer.

        Raises:
            Unreachable: No answer came, or, while its body is read, not all of it.
            InvalidAnswer: What came is not HTTP.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that may wait for a disk."""
        ...

    async def close(self) -> None:
        """End all connections."""
        ...


class SuspendingWire:
    """Suspends while it waits, as programs with an event loop need it."""

    def __init__(self, *, trust_env: bool) -> None:
        """Connect on demand; through the proxy that the environment names, if that is trusted."""
        self._client = httpx.AsyncClient(trust_env=trust_env)

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[Answer]:
        """Send a request and return the head of its answer."""
        with _translated(request):
            built = self._client.build_request(
                request.method,
                request.url,
                params=_given(request.params),
                headers=request.headers,
                content=request.body and request.body(),
                timeout=_timeout(request),
            )
            response = await self._client.send(built, stream=True, follow_redirects=request.follows_redirects)
            try:
                yield Answer(
                    status=response.status_code, headers=response.headers, chunks=response.aiter_bytes()
                )
            finally:
                await response.aclose()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def close(self) -> None:
        """End all connections."""
        await self._client.aclose()


class BlockingWire:
    """Blocks while it waits: its coroutines never suspend, so they can be run without an event loop."""

    def __init__(self, *, trust_env: bool) -> None:
        """Connect on demand; through the proxy that the environment names, if that is trusted."""
        self._client = httpx.Client(trust_env=trust_env)

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[Answer]:
        """Send a request and return the head of its answer."""
        with _translated(request):
            built = self._client.build_request(
                request.method,
                request.url,
                params=_given(request.params),
                headers=request.headers,
                content=request.body and iterate(request.body()),
                timeout=_timeout(request),
            )
            response = self._client.send(built, stream=True, follow_redirects=request.follows_redirects)
            try:
                yield Answer(
                    status=response.status_code,
                    headers=response.headers,
                    chunks=_each(response.iter_bytes()),
                )
            finally:
                response.close()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)  # noqa: ASYNC251  # no event loop runs this coroutine

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function here and now."""
        return function(*args, **kwargs)

    async def close(self) -> None:
        """End all connections."""
        self._client.close()


@contextmanager
def _translated(request: Request) -> Generator[None]:
    host = httpx.URL(request.url).netloc.decode("ascii")
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreachable(f"{host} cannot be reached: {_reason(error)}", is_sent=False) from error
    except httpx.TimeoutException as error:
        message = f"{host} has not answered for {request.answer_seconds:g} s."
        raise Unreachable(message, is_sent=True) from error
    except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.DecodingError) as error:
        raise InvalidAnswer(f"{host} cannot be used: {_reason(error)}") from error
    except httpx.TransportError as error:
        raise Unreachable(f"The connection to {host} broke: {_reason(error)}", is_sent=True) from error


def check_address(url: str) -> str:
    """Return the address of a server in the form that requests are put together with.

    Raises:
        ClientError: It is none.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        raise ClientError(f"{url!r} is no address of a server; use one such as https://rushes.example.org.")
    return url.rstrip("/")


def _timeout(request: Request) -> httpx.Timeout:
    return httpx.Timeout(request.answer_seconds, connect=min(CONNECT_SECONDS, request.answer_seconds))


def _given(params: Params) -> dict[str, str | int | bool | Sequence[str]] | None:
    # `None` where there are none: an empty mapping would drop the query that stands in the address.
    return {name: value for name, value in params.items() if value is not None} or None


def _reason(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__


async def _each(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
