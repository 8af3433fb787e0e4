"""`rushes up`: the whole of Rushes in one process."""

import asyncio
import socket

import uvloop

from rushes.actions.catalogue import ship_models
from rushes.cli.database import reach, warn_if_borrowed
from rushes.cli.logs import set_up_logs
from rushes.cli.stopping import run_until_stopped
from rushes.cli.web_server import address_of, open_listener
from rushes.cli.wiring import web_part, worker_part
from rushes.db.migrate import migrate
from rushes.settings import Settings


def up(settings: Settings) -> None:
    """Run the web server and a worker on a migrated database until a signal comes."""
    set_up_logs(settings.log)
    with open_listener(settings.host, settings.port) as listener, reach(settings) as database:
        warn_if_borrowed(settings, database)
        uvloop.run(_run(settings, database.url, listener))


async def _run(settings: Settings, url: str, listener: socket.socket) -> None:
    async def say_address(_stop: asyncio.Event) -> None:
        address = address_of(listener)
        print(f"Rushes is ready: {address}\nFiles are in {settings.home}. Stop with Ctrl-C.", flush=True)

    await migrate(url)
    await ship_models(url)
    parts = [web_part(settings, url, listener), worker_part(settings, url)]
    await run_until_stopped(parts, when_ready=say_address)
