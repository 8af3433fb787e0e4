"""The jobs that `benchmarks.estimates` asks for: films, the same made longer, and pictures that are moved."""

import random
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

import av

from rushes.actions.submit import Submission
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId, JobId
from rushes.domain.jobs import JobType
from rushes.domain.media import INPUT_BUCKETS, AssetRole
from rushes.domain.options import BaseOptions, ExtendOptions, Resolution, TextToVideoOptions
from rushes.engines.base import Input
from rushes.storage.store import Storage
from tests.engines.motion.media import SAMPLE_MOTION, SAMPLE_REFERENCE, read_video, write_video
from tests.factories import make_asset, stream

LONGEST_SECONDS = 12.0
LONGEST_ADDED_SECONDS = 6.0
PROMPT = "A lighthouse at dusk. The keeper climbs the stairs. The lamp turns, and a ship far below answers."
RATE = 24

MEASURED = (
    "UPDATE assets SET width = $2, height = $3, duration_seconds = $4, fps = $5, frames = $6 WHERE id = $1"
)


def film(chance: random.Random, number: int) -> Submission:
    """A film of some length; every second is larger."""
    options = TextToVideoOptions(seconds=_some_seconds(chance), resolution=_resolution(number))
    return Submission(
        job_type=JobType.TEXT_TO_VIDEO, inputs={}, options=options, model="animatic", prompt=PROMPT
    )


def longer(chance: random.Random, parent: JobId) -> Submission:
    """The same film, some seconds longer."""
    options = ExtendOptions(seconds=round(chance.uniform(1, LONGEST_ADDED_SECONDS), 1))
    return Submission(
        job_type=JobType.EXTEND, inputs={}, options=options, model="extend", parent_job_id=parent
    )


def moved(number: int, inputs: Mapping[AssetRole, AssetId]) -> Submission:
    """A picture moved by a film; every second is larger."""
    options = BaseOptions(resolution=_resolution(number))
    return Submission(job_type=JobType.BASE, inputs=inputs, options=options, model="motion")


def write_performance(folder: Path) -> Path:
    """Write the sample's motion back and forth, as long as the longest job needs it."""
    pictures = read_video(SAMPLE_MOTION.path)
    there_and_back = [*pictures, *pictures[-2:0:-1]]
    frames = range(round(LONGEST_SECONDS * RATE))
    chosen = [there_and_back[at % len(there_and_back)] for at in frames]
    return write_video(folder / "performance.mp4", chosen, rate=RATE)


async def bring_inputs(
    owner: Database, storage: Storage, viewer: Viewer, performance: Path, chance: random.Random
) -> dict[AssetRole, AssetId]:
    """Store the sample's picture, and some seconds of the performance."""
    motion = _begin(performance, seconds=_some_seconds(chance))
    inputs = {AssetRole.REFERENCE: SAMPLE_REFERENCE, AssetRole.MOTION: motion}
    return {role: await _bring(owner, storage, viewer, role, each) for role, each in inputs.items()}


def _begin(performance: Path, *, seconds: float) -> Input:
    """Its first seconds: the packets as they are, for none shows earlier than one before it."""
    frames, path = round(seconds * RATE), performance.with_name("motion.mp4")
    with av.open(str(performance)) as whole, av.open(str(path), "w") as begun:
        stream = begun.add_stream_from_template(whole.streams.video[0])
        for packet in islice(whole.demux(video=0), frames):
            packet.stream = stream
            begun.mux(packet)
    return Input(path=path, probe=replace(SAMPLE_MOTION.probe, duration_seconds=frames / RATE, frames=frames))


async def _bring(
    owner: Database, storage: Storage, viewer: Viewer, role: AssetRole, brought: Input
) -> AssetId:
    probe = brought.probe
    asset_id = await make_asset(owner, viewer, role=role)
    await storage.write(INPUT_BUCKETS[role], f"{asset_id}/{role}", stream(brought.path.read_bytes()))
    measured = (probe.width, probe.height, probe.duration_seconds, probe.fps, probe.frames)
    async with owner.transaction() as tx:
        await tx.execute(MEASURED, asset_id, *measured)
    return asset_id


def _some_seconds(chance: random.Random) -> float:
    return round(chance.uniform(1, LONGEST_SECONDS), 1)


def _resolution(number: int) -> Resolution:
    return Resolution.P720 if number % 2 else Resolution.P480
