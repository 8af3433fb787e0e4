"""The web server in our own event loop, on a socket that we opened and with signals that we hear."""

import asyncio
import errno
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn

from rushes.errors import SettingsError, Unavailable

GRACE_SECONDS = 2
_BACKLOG = 2048
_SOCKET_MESSAGE_BYTES = 64 * 1024


def open_listener(host: str, port: int) -> socket.socket:
    """Open the socket that the web server answers on; the caller closes it.

    Raises:
        SettingsError: The port is taken or not allowed, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Listening at once: of two sockets that are only bound, both could believe to have the port.
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(_refusal(error, host, port)) from error


def open_next_listener(host: str, port: int, *, attempts: int = 100) -> socket.socket:
    """Open the first free port from `port` on.

    Raises:
        SettingsError: None of them is free.
    """
    for candidate in range(port, port + attempts):
        try:
            return open_listener(host, candidate)
        except SettingsError as error:
            if not _is_taken(error):
                raise
    raise SettingsError(f"No port from {port} to {port + attempts - 1} is free; name another with --port.")


def address_of(listener: socket.socket) -> str:
    """Return the address for a browser on this machine."""
    name: tuple[str, int] = listener.getsockname()[:2]
    host, port = name
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 — recognised, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    app: Any, listener: socket.socket, *, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Serve the ASGI application until `stop` is set; open answers then get two seconds to end.

    Raises:
        Unavailable: The application did not start, or the server ended by itself.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=_SOCKET_MESSAGE_BYTES,
    )
    server = _Server(config, on_ready)
    ending = asyncio.create_task(_end_after(stop, server))
    try:
        await server.serve(sockets=[listener])
    except SystemExit as error:  # so says uvicorn that the application did not start
        raise Unavailable("The web application did not start; the log says why.") from error
    finally:
        ending.cancel()
    if not stop.is_set():
        raise Unavailable("The web server ended by itself; the log says why.")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def _end_after(stop: asyncio.Event, server: uvicorn.Server) -> None:
    await stop.wait()
    server.should_exit = True


def _refusal(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} of {host} is taken. Stop the program that has it, or name another with --port."
            )
        case errno.EACCES:
            return f"This account may not listen on port {port}. Name one above 1023 with --port."
        case _:
            return (
                f"This machine cannot listen on {host}, port {port}: {error.strerror or error}. Mend --host."
            )


def _is_taken(error: SettingsError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE
