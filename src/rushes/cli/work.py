"""`rushes work`: one worker."""

import asyncio

import uvloop

from rushes.cli.database import reach, require_migrated, warn_if_borrowed
from rushes.cli.logs import set_up_logs
from rushes.cli.stopping import run_until_stopped
from rushes.cli.wiring import worker_part
from rushes.settings import Settings


def work(settings: Settings) -> None:
    """Run jobs until a signal comes."""
    set_up_logs(settings.log)
    with reach(settings) as database:
        warn_if_borrowed(settings, database)
        uvloop.run(_run(settings, database.url))


async def _run(settings: Settings, url: str) -> None:
    async def say_lanes(_stop: asyncio.Event) -> None:
        lanes = settings.worker.lanes if settings.worker.lanes == "all" else ", ".join(settings.worker.lanes)
        print(f"Working: lanes {lanes}, slots {settings.worker.slots}", flush=True)

    await require_migrated(url)
    await run_until_stopped([worker_part(settings, url)], when_ready=say_lanes)
