"""Ending attempts: each ending is fenced by its lease, and moves the money in the same transaction."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from uuid_utils.compat import uuid7

from rushes.actions.admission import admit
from rushes.actions.moving import Move, move
from rushes.db import accounts, catalogue, library, lifecycle, media, queue
from rushes.db.library import NewImage, NewVideo
from rushes.db.lifecycle import Made
from rushes.db.pool import Database, Tx
from rushes.db.queue import HeldJob
from rushes.domain.accounts import User
from rushes.domain.catalogue import Model
from rushes.domain.endings import Ending, Lapsed, Output, Verdict, judge, outcome_of
from rushes.domain.ids import ImageId, Lease, VideoId
from rushes.domain.jobs import Job, Orientation, Outcome
from rushes.domain.media import IMAGE_SECONDS, AssetRole, MediaKind, StoredOutput, kind_of
from rushes.domain.options import resolution_of

_SHORT_ID_CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""The 32 digits of Crockford's base 32: none looks like another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """An ending whose lease still held its job, and what that makes of the job."""

    ending: Ending
    job: Job
    verdict: Verdict

    @classmethod
    def of(cls, ending: Ending, held: HeldJob) -> Self:
        killed = held.workers_killed + (ending.outcome is Outcome.LOST)
        jitter = secrets.randbelow(1000) / 1000
        verdict = judge(held.job, ending, workers_killed=killed, failures=held.failures, jitter=jitter)
        return cls(ending=ending, job=held.job, verdict=verdict)


async def settle(database: Database, endings: Sequence[Ending]) -> dict[Lease, Job]:
    """End attempts in one transaction, all or nothing; return the jobs of those that held their leases.

    An ending whose lease was lost writes nothing, and is missing from the answer. It may be repeated: when a
    connection breaks, nobody knows whether the commit before that was done.
    """
    async with database.transaction() as tx:
        users = await accounts.lock_users(tx, user_ids={ending.user_id for ending in endings})
        held = await queue.lock_attempts(tx, endings)
        judged = [_Judged.of(ending, held[ending.lease]) for ending in endings if ending.lease in held]
        settled = await _settle_held(tx, list(users.values()), judged)
        others = [one for one in endings if one.lease not in settled and one.outcome is not Outcome.LOST]
        return settled | (await queue.list_settled(tx, others) if others else {})


async def rescue(database: Database, lapsed: Lapsed) -> Job | None:
    """End an attempt whose worker fell silent; `None` if somebody settled it meanwhile."""
    return (await settle(database, [Ending.loss(lapsed)])).get(lapsed.lease)


async def _settle_held(tx: Tx, users: Sequence[User], judged: Sequence[_Judged]) -> dict[Lease, Job]:
    await queue.end_attempts(tx, [(one.ending, outcome_of(one.ending, one.verdict)) for one in judged])
    made = await _keep(tx, judged)
    moves = [Move(job=one.job, verdict=one.verdict, made=made.get(one.ending.lease)) for one in judged]
    moved = {job.id: job for job in await move(tx, moves)}
    await admit(tx, users)
    return {one.ending.lease: moved[one.job.id] for one in judged}


async def _keep(tx: Tx, judged: Sequence[_Judged]) -> dict[Lease, Made]:
    """Note the files of the attempts that made any, and enter their videos into the libraries."""
    outputs = [
        (one.ending.lease, one.job, one.ending.output) for one in judged if one.ending.output is not None
    ]
    if not outputs:
        return {}
    files = [(job, file) for _, job, output in outputs for file in output.files.values()]
    await media.insert_outputs(tx, files)
    entries = {lease: _entry(job, output) for lease, job, output in outputs}
    if videos := [entry for entry in entries.values() if isinstance(entry, NewVideo)]:
        await library.insert_videos(tx, videos)
    if images := [entry for entry in entries.values() if isinstance(entry, NewImage)]:
        await library.insert_images(tx, images)
    if measured := {job.id: output.metrics for _, job, output in outputs if output.metrics}:
        await lifecycle.save_qualities(tx, measured)
    models = await catalogue.list_models_among(tx, slugs={job.model for _, job, _ in outputs})
    return {
        lease: Made(
            credits_charged=_charge(job, output, models),
            short_id=_new_short_id(),
            watermark_applied=output.watermarked,
            video_id=entry.id if isinstance(entry := entries[lease], NewVideo) else None,
            image_id=entry.id if isinstance(entry, NewImage) else None,
        )
        for lease, job, output in outputs
    }


def _entry(job: Job, output: Output) -> NewVideo | NewImage:
    is_picture = _is_picture(output.files[AssetRole.OUTPUT])
    return _image(job, output) if is_picture else _video(job, output)


def _image(job: Job, output: Output) -> NewImage:
    made, poster = output.files[AssetRole.OUTPUT], output.files.get(AssetRole.POSTER)
    return NewImage(
        id=ImageId(uuid7()),
        user_id=job.user_id,
        job_id=job.id,
        asset_id=made.asset_id,
        thumbnail_asset_id=poster and poster.asset_id,
        prompt=job.prompt,
        orientation=_orientation(made),
        model_used=job.model,
        metadata=output.made_by,
    )


def _video(job: Job, output: Output) -> NewVideo:
    made = output.files[AssetRole.OUTPUT]
    poster, preview = output.files.get(AssetRole.POSTER), output.files.get(AssetRole.PREVIEW)
    return NewVideo(
        id=VideoId(uuid7()),
        user_id=job.user_id,
        job_id=job.id,
        asset_id=made.asset_id,
        thumbnail_asset_id=poster and poster.asset_id,
        preview_asset_id=preview and preview.asset_id,
        prompt=job.prompt,
        orientation=_orientation(made),
        model_used=job.model,
        duration_seconds=made.probe.duration_seconds or 0.0,
        metadata=output.made_by,
    )


def _orientation(made: StoredOutput) -> Orientation:
    return Orientation.PORTRAIT if made.probe.height > made.probe.width else Orientation.LANDSCAPE


def _charge(job: Job, output: Output, models: Mapping[str, Model]) -> int:
    """Return what was made costs, at the most what was held."""
    price = models[job.model].price.of(
        job_type=job.job_type,
        quality=job.quality,
        resolution=resolution_of(job.options),
        seconds=_priced_seconds(output.files[AssetRole.OUTPUT]),
    )
    return min(job.price, price)


def _priced_seconds(made: StoredOutput) -> float:
    return IMAGE_SECONDS if _is_picture(made) else made.probe.duration_seconds or 0.0


def _is_picture(made: StoredOutput) -> bool:
    return kind_of(made.probe.media_type) is MediaKind.IMAGE


def _new_short_id() -> str:
    number = secrets.randbits(40)
    return "".join(_SHORT_ID_CHARACTERS[number >> shift & 31] for shift in range(0, 40, 5))
