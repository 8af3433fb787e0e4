"""Requests to other hosts, with an end to their time, their size and their redirects."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpcore
import httpx

from rushes.errors import Invalid, TooLarge, Unavailable
from rushes.outgoing.network import GuardedNetwork

LOOKUP_SECONDS = 3.0
"""How long a host is looked up for somebody who waits for an answer."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEMES = frozenset(_DEFAULT_PORTS)
_PORTS = range(1, 65536)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_FAILURES: Mapping[type[Exception], str] = {
    httpcore.ConnectTimeout: "The host did not take the connection in time.",
    httpcore.TimeoutException: "The host did not answer in time.",
    httpcore.ConnectError: "The host could not be connected to",
    httpcore.NetworkError: "The connection broke",
    httpcore.ProtocolError: "The host did not answer in HTTP",
}


class OutgoingClient:
    """Sends requests where they may go; owns its connections until `close`.

    It takes no proxy from the environment, follows no redirect unasked, decompresses nothing and keeps no
    connection for a second request.
    """

    def __init__(self, *, allow_private: bool = False, ssl_context: ssl.SSLContext | None = None) -> None:
        """Make a client.

        Args:
            allow_private: Whether this machine and private networks may be reached.
            ssl_context: Whom to trust; the default are the authorities that certifi lists.
        """
        self._network = GuardedNetwork(allow_private=allow_private)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            network_backend=self._network,
            max_connections=None,
            # The next request looks the host up again, and no server closes a connection under it.
            max_keepalive_connections=0,
        )

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes, seconds: float) -> int:
        """Send a body; return the status of the answer, of which no more than the head is read.

        A redirect is an answer like any other.

        Raises:
            Invalid: The URL is not one of http or https, or its host may not be reached.
            Unavailable: The host does not answer, or not within `seconds`, looking it up included.
        """
        async with (
            _ending(seconds),
            self._stream("POST", _parse(url), headers=headers, content=content) as response,
        ):
            return response.status

    async def fetch(self, url: str, *, seconds: float, max_bytes: int, redirects: int = 3) -> bytes:
        """Return what a URL answers with; every redirect is checked as the URL was.

        Raises:
            Invalid: A URL is not one of http or https, or its host may not be reached, or https led to http.
            TooLarge: There is more than `max_bytes`.
            Unavailable: The host does not answer with success, or not within `seconds` in all.
        """
        body = bytearray()

        async def keep(chunk: bytes) -> None:
            body.extend(chunk)

        await self._get(url, keep, seconds=seconds, max_bytes=max_bytes, redirects=redirects)
        return bytes(body)

    async def download(
        self, url: str, path: Path, *, seconds: float, max_bytes: int, redirects: int = 3
    ) -> None:
        """Write what a URL answers with to a file; every redirect is checked as the URL was.

        What was written stays when it fails.

        Raises:
            Invalid: A URL is not one of http or https, or its host may not be reached, or https led to http.
            TooLarge: There is more than `max_bytes`.
            Unavailable: The host does not answer with success, or not within `seconds` in all.
        """
        with await asyncio.to_thread(path.open, "wb") as file:
            await self._get(
                url,
                lambda chunk: asyncio.to_thread(file.write, chunk),
                seconds=seconds,
                max_bytes=max_bytes,
                redirects=redirects,
            )

    async def require_allowed(self, url: str) -> None:
        """Look the host of a URL up, and send nothing.

        A host that is not known now, or not in time, is let pass: what is sent there later is judged again.

        Raises:
            Invalid: The URL is not one of http or https, or its host may not be reached.
        """
        target = _parse(url)
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                await self._network.require_allowed(target.host, target.port or _DEFAULT_PORTS[target.scheme])
        except (httpcore.ConnectError, TimeoutError):
            return

    async def aclose(self) -> None:
        """Close what is open."""
        await self._pool.aclose()
        self._network.close()

    async def _get(
        self,
        url: str,
        keep: Callable[[bytes], Awaitable[object]],
        *,
        seconds: float,
        max_bytes: int,
        redirects: int,
    ) -> None:
        target = _parse(url)
        async with _ending(seconds):
            for _ in range(redirects + 1):
                async with self._stream("GET", target, headers={}, content=b"") as response:
                    if response.status not in _REDIRECTS:
                        return await _read(response, keep, max_bytes=max_bytes)
                    target = _follow(target, response)
        raise Unavailable("The host redirects too often.")

    @asynccontextmanager
    async def _stream(
        self, method: str, url: httpx.URL, *, headers: Mapping[str, str], content: bytes
    ) -> AsyncGenerator[httpcore.Response]:
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path or b"/"
        )
        # httpcore would leave the brackets of an IPv6 host out of this header.
        fields = {"Host": url.netloc.decode(), "User-Agent": "Rushes", "Connection": "close"} | dict(headers)
        try:
            async with self._pool.stream(
                method, target, headers=list(fields.items()), content=content
            ) as response:
                yield response
        except tuple(_FAILURES) as error:
            raise Unavailable(_say(error)) from error


@asynccontextmanager
async def _ending(seconds: float) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Unavailable("The host did not answer in time.") from error


def _parse(url: str, *, base: httpx.URL | None = None) -> httpx.URL:
    try:
        parsed = httpx.URL(url) if base is None else base.join(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise Invalid("This is no URL.") from error
    if (
        parsed.scheme not in _SCHEMES
        or not parsed.host
        or (parsed.port is not None and parsed.port not in _PORTS)
    ):
        raise Invalid("Only http and https can be asked.")
    if parsed.userinfo:
        raise Invalid("A URL must not hold a user name or a password.")
    return parsed


def _follow(url: httpx.URL, response: httpcore.Response) -> httpx.URL:
    places = [value for name, value in response.headers if name.lower() == b"location"]
    if not places:
        raise Unavailable("The host redirects to nowhere.")
    target = _parse(places[0].decode("latin-1"), base=url)
    if url.scheme == "https" and target.scheme != "https":
        raise Invalid("The host redirects to a connection without encryption.")
    return target


async def _read(
    response: httpcore.Response, keep: Callable[[bytes], Awaitable[object]], *, max_bytes: int
) -> None:
    if not 200 <= response.status < 300:  # noqa: PLR2004  # the range that HTTP calls success
        raise Unavailable(f"The host answered {response.status}.")
    received = 0
    async for chunk in response.aiter_stream():
        received += len(chunk)
        if received > max_bytes:
            raise TooLarge(f"The answer is larger than {max_bytes} bytes.")
        await keep(chunk)


def _say(error: Exception) -> str:
    sentence = next(text for kind, text in _FAILURES.items() if isinstance(error, kind))
    return sentence if sentence.endswith(".") else f"{sentence}: {error}".removesuffix(": ")
