"""`rushes demo --fill`: an account as it looks after some use, made by the system itself over its API."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from uuid import UUID

from rich.progress import Progress

from rushes.cli.visitor import CAPTIONS, SAMPLES, sign_in
from rushes.client import AsyncRushes, Job
from rushes.client.server import nothing
from rushes.client.submitting import NewJob
from rushes.domain.options import AdvancedOptions, BaseOptions, MotionMode, Resolution, SubtitlesOptions
from rushes.engines.media.sizes import Size
from rushes.samples.scenes import Scene

JOBS = 60
_AT_ONCE = 8
_CLIPS = 4
_CLIP_SECONDS = 0.75
_LATE = timedelta(seconds=3)
_WAIT_SECONDS = 1800


class Fate(StrEnum):
    """What becomes of a job."""

    COMPLETED = "completed"
    STARRED = "starred"
    SHARED = "shared"
    SET = "set"
    """Three at once, of one picture with three seeds."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    LATE = "late"
    LEFT = "left"
    """Long, and not waited for: it runs or waits while somebody looks."""
    CONTINUED = "continued"
    """Left too, and another that adds subtitles waits for its film."""


_FATES = (
    Fate.COMPLETED,
    Fate.STARRED,
    Fate.COMPLETED,
    Fate.FAILED,
    Fate.SET,
    Fate.COMPLETED,
    Fate.SHARED,
    Fate.CANCELLED,
    Fate.COMPLETED,
    Fate.COMPLETED,
    Fate.LATE,
    Fate.STARRED,
)
"""One round; it makes fourteen jobs."""

_LAST = (Fate.CONTINUED, Fate.LEFT, Fate.LEFT)
"""What runs and waits at the end; four jobs."""

_COUNTS = {Fate.SET: 3, Fate.CONTINUED: 2}
"""How many jobs a fate makes, where it is not one."""

_SIZES = (
    Size(width=480, height=320),
    Size(width=320, height=480),
    Size(width=400, height=400),
    Size(width=640, height=272),
)
_TOO_WIDE = Size(width=1200, height=200)
"""A panorama that the engine refuses to move: so a job fails."""
_CLIP_SIZE = Size(width=320, height=240)

_PROMPTS = (
    "Slow dolly through a neon alley, rain on asphalt, anamorphic flare",
    "Paper-craft fox leaping over a moonlit river 🦊",
    "Ink blooming in water, cyan to magenta, macro",
    "Product spin: matte ceramic mug on travertine, soft key light",
    "Drone over terraced rice fields at sunrise, light fog",
    "Clay stop-motion robot learns to whistle",
    "Полярное сияние над замёрзшим озером",
    "قافلة جمال عند الغروب",
    "Storyboard 12b",
    "A lighthouse keeper counts the waves; each wave carries a letter, each letter a year. " * 11,
    "海辺を走る犬",
    "Portrait, wind in hair, golden hour, 85mm",
)


@dataclass(slots=True, kw_only=True)
class _Filling:
    rushes: AsyncRushes
    folder: Path
    told: Callable[[int], None]
    clips: list[UUID] = field(default_factory=list[UUID])
    sample: UUID | None = None
    made: int = 0

    async def upload_clips(self) -> None:
        """Upload what the pictures move like: some short clips, and the long sample."""
        for number in range(_CLIPS):
            path = self.folder / f"clip {number}.mp4"
            await asyncio.to_thread(Scene(1000 + number).save_video, path, _CLIP_SIZE, seconds=_CLIP_SECONDS)
            self.clips.append((await self.rushes.upload(path, role="motion")).id)
        sample = self.folder / SAMPLES["motion"]
        sample.write_bytes((files("rushes.samples") / SAMPLES["motion"]).read_bytes())
        self.sample = (await self.rushes.upload(sample, role="motion")).id

    async def make_all(self, fates: Sequence[Fate]) -> None:
        """Make jobs of all these fates, some at a time."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def make(number: int, fate: Fate) -> None:
            async with slots:
                await self._make(number, fate)

        async with asyncio.TaskGroup() as tasks:
            for number, fate in enumerate(fates):
                tasks.create_task(make(number, fate))

    async def _make(self, number: int, fate: Fate) -> None:
        wanted = await self._wanted(number, fate)
        if fate is Fate.SET:
            batch = await self.rushes.submit_batch([_seeded(wanted, seed) for seed in (1, 2, 3)])
            jobs = batch.jobs
        else:
            jobs = [await self.rushes.submit(**wanted)]
        if fate is Fate.CANCELLED:
            await self.rushes.cancel(jobs[0])
        if fate is Fate.CONTINUED:
            jobs = [*jobs, await self._caption(jobs[0])]
        if fate not in _LAST:
            for job in jobs:
                await self.rushes.wait(job, timeout_seconds=_WAIT_SECONDS)
        await self._keep(jobs[0], fate)
        self.made += len(jobs)
        self.told(self.made)

    async def _caption(self, job: Job) -> Job:
        words = SubtitlesOptions(script=CAPTIONS, language="en")
        prompt = f"{job.prompt or 'Trailer'}, with subtitles"
        return await self.rushes.submit("subtitles", parent_job_id=job.id, prompt=prompt, options=words)

    async def _wanted(self, number: int, fate: Fate) -> NewJob:
        size = _TOO_WIDE if fate is Fate.FAILED else _SIZES[number % len(_SIZES)]
        path = self.folder / f"scene {number}.jpg"
        await asyncio.to_thread(Scene(number).save_picture, path, size)
        is_long = fate is Fate.LATE or fate in _LAST
        motion = self.sample if is_long else self.clips[number % len(self.clips)]
        assert motion is not None
        resolution = Resolution.P720 if fate in _LAST else Resolution.P480
        wanted = NewJob(
            job_type="base",
            inputs={"reference": path, "motion": motion},
            options=BaseOptions(resolution=resolution) if is_long else _landscape(resolution),
        )
        if number % 5:
            wanted["prompt"] = _PROMPTS[number % len(_PROMPTS)].strip()
        if fate is Fate.LATE:
            wanted["auto_cancel_at"] = datetime.now(UTC) + _LATE
        return wanted

    async def _keep(self, job: Job, fate: Fate) -> None:
        if fate is Fate.STARRED:
            await self.rushes.change(job, starred=True, rating=5)
        if fate is Fate.SHARED:
            server = self.rushes.server
            await server.ask(server.request("POST", f"/jobs/{job.id}/share", is_repeatable=True), nothing)


async def fill(address: str, *, email: str, password: str, jobs: int = JOBS) -> None:
    """Make jobs of every fate, and show how far it is; the last ones still run when it returns.

    Raises:
        Unauthenticated: The account has another password.
        ClientError: The server refused something, or was away.
    """
    token = await sign_in(address, email=email, password=password)
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        task = progress.add_task("filling the account", total=jobs)
        # The demo's server runs on this machine, whatever proxy the environment names.
        async with AsyncRushes(address, api_key=token, trust_env=False) as rushes:
            filling = _Filling(
                rushes=rushes,
                folder=Path(folder),
                told=lambda made: progress.update(task, completed=made),
            )
            await filling.upload_clips()
            await filling.make_all(_fates(jobs))
            await filling.make_all(_LAST)


def _fates(jobs: int) -> list[Fate]:
    """Return what becomes of so many jobs, or up to two more, before the last."""
    found: list[Fate] = []
    count = sum(_COUNTS.get(fate, 1) for fate in _LAST)
    for fate in cycle(_FATES):
        if count >= jobs:
            return found
        count += _COUNTS.get(fate, 1)
        found.append(fate)
    return found


def _seeded(wanted: NewJob, seed: int) -> NewJob:
    return wanted | NewJob(job_type="base", options=_landscape(Resolution.P480, seed=seed))


def _landscape(resolution: Resolution, *, seed: int | None = None) -> BaseOptions:
    # There is no figure to cut out, neither in the picture nor in the clip.
    return BaseOptions(
        resolution=resolution, motion_mode=MotionMode.SHEET, advanced=AdvancedOptions(seed=seed)
    )
