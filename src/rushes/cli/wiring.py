"""Puts the web server and the worker together as the settings say."""

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path

from rushes.cli.credentials import signing_identity, trusted_certificates
from rushes.cli.folders import make_folder
from rushes.cli.scratch import own_folder
from rushes.cli.secret import signing_secret
from rushes.cli.stopping import Part
from rushes.cli.storage import open_storage
from rushes.cli.web_server import serve
from rushes.db.catalogue import list_models
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.dispatch.config import CallbackConfig, WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.media import MediaLimits
from rushes.engines.child.examiner import ChildExaminer
from rushes.engines.child.limits import Limits
from rushes.engines.child.runner import ChildRunner
from rushes.engines.child.spares import Spares
from rushes.engines.provenance.signer import OutputSigner
from rushes.engines.registry import EngineSpec, find_contested, find_engines
from rushes.settings import Settings
from rushes.web.app import create_app
from rushes.web.limiting import RateRules
from rushes.web.services import Services

WEB_CONNECTIONS = 16
WEB_STATEMENT_LIMIT = timedelta(seconds=10)
"""How long one request can keep a connection busy with a statement; all but searches take milliseconds."""

WEB_WAIT = timedelta(seconds=12)
"""Longer than a statement may take: slow searches on every connection delay others, but refuse nobody."""

WORKER_CONNECTIONS = 8
"""On top of one for each slot: the loops of a worker and its checks."""

_MIB = 1024 * 1024
_GIB = 1024 * _MIB
_FRAMES_PER_SECOND = 60
_WHISPER_VARIABLE = "RUSHES_WHISPER_MODEL"
_COLLECT_AFTER = 100_000
"""So many new objects: more than an event for thousands of streams makes and lets go of."""


def web_part(settings: Settings, url: str, listener: socket.socket) -> Part:
    """Return the web server as a part; it takes over `listener`."""

    async def run(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        database = await open_database(
            url,
            role=WEB_ROLE,
            connections=WEB_CONNECTIONS,
            wait=WEB_WAIT,
            statement_limit=WEB_STATEMENT_LIMIT,
        )
        try:
            services = build_services(settings, database=database, listen_url=url, stopping=stop)
            # Beside the loop: it takes seconds on a busy machine, and a worker of this process connects then.
            app = await asyncio.to_thread(create_app, services)
            _spare_collections()
            await serve(app, listener, stop=stop, on_ready=on_ready)
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
                config = worker_config(
                    settings, lanes=await lanes_to_serve(settings, database), scratch=scratch
                )
                async with spare_children(settings) as spares:
                    signer = output_signer(settings, spares)
                    await run_worker(
                        database=database,
                        listen_url=url,
                        storage=open_storage(settings),
                        runner=ChildRunner(
                            engines=engines_to_run(),
                            limits=run_limits(settings),
                            signer=signer,
                            spares=spares,
                        ),
                        examiner=ChildExaminer(media_limits=media_limits(settings)),
                        config=config,
                        stop=stop,
                        on_ready=on_ready,
                    )
        finally:
            await database.close()

    return run


def engines_to_run() -> dict[str, EngineSpec]:
    """Return all engines by name; those that are left out because they share a name are told."""
    for name, targets in find_contested().items():
        print(f"Two engines are called {name}, and neither is used: {', '.join(targets)}.", file=sys.stderr)
    return find_engines()


def run_limits(settings: Settings) -> Limits:
    """Return what a run may use; in its environment is what engines are told by the settings."""
    model = settings.worker.whisper_model
    return Limits(environment={} if model is None else {_WHISPER_VARIABLE: str(model)})


def spare_children(settings: Settings) -> AbstractAsyncContextManager[Spares | None]:
    """Return what keeps children started for the jobs to come, unless the settings say that nothing does."""
    return Spares() if settings.worker.spare_children else nullcontext()


def output_signer(settings: Settings, spares: Spares | None) -> OutputSigner | None:
    """Return what gives outputs their content credentials, unless the settings say that nothing does.

    Raises:
        SettingsError: The certificates cannot be made or used.
    """
    identity = signing_identity(settings)
    return None if identity is None else OutputSigner(identity, spares=spares)


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
        rates=RateRules(**settings.rates.model_dump()),
        webhooks_allow_private=settings.webhooks.allow_private,
        check_wait=timedelta(seconds=settings.check_wait_seconds),
        image_wait=timedelta(seconds=settings.image_wait_seconds),
        streams_per_user=settings.streams_per_user,
        secure_cookies=settings.secure_cookies,
        cors_origins=settings.cors.origins,
        read_anchors=partial(trusted_certificates, settings),
        metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else None,
        stopping=stopping,
    )


def worker_config(settings: Settings, *, lanes: tuple[str, ...], scratch: Path) -> WorkerConfig:
    """Return what the worker is told about itself."""
    return WorkerConfig(
        name=f"{socket.gethostname()}-{os.getpid()}",
        lanes=lanes,
        engines=tuple(sorted(find_engines())),
        scratch=scratch,
        slots=settings.worker.slots,
        lease_time=timedelta(seconds=settings.worker.lease_seconds),
        drain_time=timedelta(seconds=settings.worker.drain_seconds),
        ageing_interval=timedelta(seconds=settings.worker.ageing_seconds),
        webhooks_allow_private=settings.webhooks.allow_private,
        webhook_progress_interval=timedelta(seconds=settings.webhooks.progress_seconds),
        callbacks=callback_config(settings),
        limits=media_limits(settings),
    )


def callback_config(settings: Settings) -> CallbackConfig | None:
    """Return how providers report back, if the settings say what they reach the web under.

    Raises:
        SettingsError: The secret is missing.
    """
    if settings.public_url is None:
        return None
    return CallbackConfig(origin=settings.public_url, secret=signing_secret(settings))


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
        audio_bytes=settings.limits.audio_mib * _MIB,
        archive_bytes=settings.limits.archive_mib * _MIB,
        stored_bytes=settings.limits.storage_gib * _GIB,
        duration_seconds=seconds,
        frames=int(seconds * _FRAMES_PER_SECOND),
    )


def _spare_collections() -> None:
    # By default an event for thousands of streams leads to several collections, each of which looks at every
    # object of every stream and stops the process for a quarter of a second.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
