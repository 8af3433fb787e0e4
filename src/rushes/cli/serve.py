"""`rushes serve`: one web process."""

import asyncio
import socket

import uvloop

from rushes.cli.database import reach, require_migrated, warn_if_borrowed
from rushes.cli.logs import set_up_logs
from rushes.cli.stopping import run_until_stopped
from rushes.cli.web_server import address_of, open_listener
from rushes.cli.wiring import web_part
from rushes.settings import Settings


def serve(settings: Settings) -> None:
    """Run the web server until a signal comes."""
    set_up_logs(settings.log)
    with open_listener(settings.host, settings.port) as listener, reach(settings) as database:
        warn_if_borrowed(settings, database)
        uvloop.run(_run(settings, database.url, listener))


async def _run(settings: Settings, url: str, listener: socket.socket) -> None:
    async def say_address(_stop: asyncio.Event) -> None:
        print(f"Serving: {address_of(listener)}", flush=True)

    await require_migrated(url)
    await run_until_stopped([web_part(settings, url, listener)], when_ready=say_address)
