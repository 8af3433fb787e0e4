"""Puts the web server and the worker together as the settings say."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from rushes.cli.folders import make_folder
from rushes.cli.scratch import own_folder
from rushes.cli.secret import signing_secret
from rushes.cli.stopping import Part
from rushes.cli.web_server import serve
from rushes.db.catalogue import list_models
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.media import MediaLimits
from rushes.engines.examiner import ChildExaminer
from rushes.engines.registry import ENGINES
from rushes.engines.runner import ChildRunner
from rushes.settings import Settings
from rushes.storage.store import Storage, local_storage
from rushes.web.app import create_app
from rushes.web.services import Services

WEB_CONNECTIONS = 16
WORKER_CONNECTIONS = 8
"""On top of one for each slot: the loops of a worker and its checks."""

_MIB = 1024 * 1024
_FRAMES_PER_SECOND = 60


def web_part(settings: Settings, url: str, listener: socket.socket) -> Part:
    """Return the web server as a part; it takes over `listener`."""

    async def run(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        database = await open_database(url, role=WEB_ROLE, connections=WEB_CONNECTIONS)
        try:
            services = build_services(settings, database=database, listen_url=url, stopping=stop)
            await serve(create_app(services), listener, stop=stop, on_ready=on_ready)
        finally:
            await database.close()

    return run


def worker_part(settings: Settings, url: str) -> Part:
    """Return a worker as a part."""

    async def run(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        connections = settings.worker.slots + WORKER_CONNECTIONS
        database = await open_database(url, role=WORKER_ROLE, connections=connections)
        try:
            with own_folder(make_folder(settings.home / "scratch", setting="home")) as scratch:
                await run_worker(
                    database=database,
                    listen_url=url,
                    storage=open_storage(settings),
                    runner=ChildRunner(),
                    examiner=ChildExaminer(media_limits=media_limits(settings)),
                    config=worker_config(
                        settings, lanes=await lanes_to_serve(settings, database), scratch=scratch
                    ),
                    stop=stop,
                    on_ready=on_ready,
                )
        finally:
            await database.close()

    return run


def build_services(
    settings: Settings, *, database: Database, listen_url: str, stopping: asyncio.Event
) -> Services:
    """Return what the web application works with.

    Raises:
        SettingsError: The secret is missing, or the storage's folder cannot be made.
    """
    return Services(
        database=database,
        listen_url=listen_url,
        storage=open_storage(settings),
        secret=signing_secret(settings),
        limits=media_limits(settings),
        signup_credits=settings.signup_credits,
        check_wait=timedelta(seconds=settings.check_wait_seconds),
        secure_cookies=settings.secure_cookies,
        stopping=stopping,
    )


def worker_config(settings: Settings, *, lanes: tuple[str, ...], scratch: Path) -> WorkerConfig:
    """Return what the worker is told about itself."""
    return WorkerConfig(
        name=f"{socket.gethostname()}-{os.getpid()}",
        lanes=lanes,
        engines=tuple(sorted(ENGINES)),
        scratch=scratch,
        slots=settings.worker.slots,
        lease_time=timedelta(seconds=settings.worker.lease_seconds),
        drain_time=timedelta(seconds=settings.worker.drain_seconds),
        ageing_interval=timedelta(seconds=settings.worker.ageing_seconds),
        webhooks_allow_private=settings.webhooks.allow_private,
        webhook_progress_interval=timedelta(seconds=settings.webhooks.progress_seconds),
        limits=media_limits(settings),
    )


async def lanes_to_serve(settings: Settings, database: Database) -> tuple[str, ...]:
    """Return the lanes that the settings name, or those of all enabled models."""
    async with database.transaction() as tx:
        used = {model.lane for model in await list_models(tx)}
    if settings.worker.lanes == "all":
        return tuple(sorted(used))
    if unused := sorted(set(settings.worker.lanes) - used):
        print(f"No enabled model uses the lane {' or '.join(unused)}.", file=sys.stderr)
    return settings.worker.lanes


def media_limits(settings: Settings) -> MediaLimits:
    """Return what an upload may measure."""
    seconds = settings.limits.video_seconds
    return MediaLimits(
        image_bytes=settings.limits.image_mib * _MIB,
        video_bytes=settings.limits.video_mib * _MIB,
        duration_seconds=seconds,
        frames=int(seconds * _FRAMES_PER_SECOND),
    )


def open_storage(settings: Settings) -> Storage:
    """Return the object store.

    Raises:
        SettingsError: Its folder cannot be made.
    """
    return local_storage(make_folder(settings.storage, setting="storage"))
