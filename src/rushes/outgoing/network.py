"""Opening connections to other hosts, each to an address that was looked up once and found allowed."""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import httpcore

from rushes.errors import Invalid
from rushes.outgoing.addresses import Address, is_allowed

MAX_ADDRESSES = 4
"""How many addresses of a host are tried."""

CONNECT_SECONDS = 4.0
"""How long one address may take to answer."""

MAX_LOOKUPS = 64
"""A slow name server holds a thread; these are apart from those that the rest of the process works with."""


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """A backend of httpcore that looks a host up once, judges every address and connects to those.

    What is looked up is what is connected to, so a name cannot change its meaning in between (DNS
    rebinding). The name of the host still goes into TLS and the Host header, for those come from the URL.
    """

    def __init__(self, *, allow_private: bool) -> None:
        """Make a network; `allow_private` opens this machine and private networks."""
        self._allow_private = allow_private
        # Any, for httpcore types it as what it is without anyio: an empty class.
        self._inner: Any = httpcore.AnyIOBackend()
        self._lookups = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="lookup")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers.

        Raises:
            Invalid: One of its addresses may not be reached.
            httpcore.ConnectError: It has no address, or none answers.
        """
        addresses = await self._require_allowed(host, port)
        seconds = CONNECT_SECONDS if timeout is None else min(timeout, CONNECT_SECONDS)
        failed: Exception = httpcore.ConnectError("The host has no address.")
        for address in addresses[:MAX_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, seconds, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def require_allowed(self, host: str, port: int) -> None:
        """Look a host up, and connect to nothing.

        Raises:
            Invalid: One of its addresses may not be reached.
            httpcore.ConnectError: It has no address.
        """
        await self._require_allowed(host, port)

    def close(self) -> None:
        """Let the threads end; one that still waits for a name server is not waited for."""
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _require_allowed(self, host: str, port: int) -> list[Address]:
        addresses = await self._look_up(host, port)
        if not all(is_allowed(address, allow_private=self._allow_private) for address in addresses):
            raise Invalid("The address is not on the public internet.")
        return addresses

    async def _look_up(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._lookups, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("The host's name is not known.") from error
        # One host may be listed twice; the order is the one to try in (RFC 6724).
        return list(dict.fromkeys(ip_address(each[4][0]) for each in found))
