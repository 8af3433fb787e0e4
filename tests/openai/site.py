"""A served application with a worker whose engine makes small files of any kind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rushes.db.pool import Database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Artifact, Event, Examined, Product, Request
from rushes.errors import MediaRejected
from rushes.storage.store import Storage
from tests.factories import PNG

FILM = b"a film"
POSTER = b"a poster"
SPRITESHEET = b"a spritesheet"
BROKEN = PNG + b"broken"

ADD_MODELS = """
    INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds, aliases)
    SELECT new.slug, new.slug, 'no-op', lane, new.job_types::text[], price, 60, new.aliases::jsonb
    FROM models, (VALUES
        ('sketch', '{text_to_video}', '{"sora-2": {}}'), ('mover', '{base}', '{}'), ('brush', '{image}', '{}')
    ) AS new (slug, job_types, aliases)
    WHERE models.slug = 'motion'
"""


@dataclass(kw_only=True)
class Maker:
    """Makes what the job type asks for once its gate is open, or raises; `requests` hears of each run."""

    error: Exception | None = None
    gate: asyncio.Event | None = None
    requests: asyncio.Queue[Request] = field(default_factory=asyncio.Queue[Request])

    async def run(self, engine: str, request: Request, *, on_event: Callable[[Event], None]) -> Product:
        self.requests.put_nowait(request)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        request.workdir.mkdir(parents=True, exist_ok=True)
        artifacts = _picture(request) if request.job_type is JobType.IMAGE else _film(request)
        return Product(artifacts=artifacts, engine=engine, engine_version="1", generative=False)


class Examiner:
    """Takes every file for a small picture, or a short film, unless it is broken."""

    async def examine(self, path: Path, *, media_type: str, scratch: Path) -> Examined:
        if path.read_bytes() == BROKEN:
            raise MediaRejected("The picture is broken.")
        probe = Probe(media_type=media_type, width=64, height=48)
        if not media_type.startswith("image/"):
            probe = replace(probe, duration_seconds=2.0, fps=8.0, frames=16)
        return Examined(probe=probe, poster=None)


@asynccontextmanager
async def working(
    work: Database, url: str, storage: Storage, scratch: Path, maker: Maker
) -> AsyncIterator[None]:
    """A worker that checks files and makes what is asked for."""
    config = WorkerConfig(
        name="test",
        lanes=("cpu",),
        engines=("no-op",),
        scratch=scratch,
        slots=4,
        poll_interval=timedelta(milliseconds=500),
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(
        run_worker(
            database=work,
            listen_url=url,
            storage=storage,
            runner=maker,
            examiner=Examiner(),
            config=config,
            stop=stop,
            on_ready=ready.set,
        )
    )
    await ready.wait()
    try:
        yield
    finally:
        stop.set()
        await task


def _film(request: Request) -> tuple[Artifact, ...]:
    film, poster, sheet = (request.workdir / name for name in ("film.mp4", "poster.webp", "sheet.webp"))
    film.write_bytes(FILM)
    poster.write_bytes(POSTER)
    sheet.write_bytes(SPRITESHEET)
    seconds = float(request.options.get("seconds", 2.0))
    made: dict[str, Any] = {"width": 64, "height": 48, "duration_seconds": seconds, "fps": 8.0, "frames": 16}
    return (
        Artifact(role=AssetRole.OUTPUT, path=film, probe=Probe(media_type="video/mp4", **made)),
        Artifact(
            role=AssetRole.POSTER, path=poster, probe=Probe(media_type="image/webp", width=64, height=48)
        ),
        Artifact(
            role=AssetRole.SPRITESHEET,
            path=sheet,
            probe=Probe(media_type="image/webp", width=320, height=144, frames=15),
        ),
    )


def _picture(request: Request) -> tuple[Artifact, ...]:
    picture = request.workdir / "picture.png"
    picture.write_bytes(PNG)
    probe = Probe(media_type="image/png", width=64, height=48)
    return (Artifact(role=AssetRole.OUTPUT, path=picture, probe=probe),)
