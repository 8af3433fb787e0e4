"""Jobs whose files are really there, so that a browser can show them."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from typing import Any

from PIL import Image
from uuid_utils.compat import uuid7

from rushes.db import media
from rushes.db.pool import Database
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Attempt, Job
from rushes.domain.media import AssetRole, Probe
from rushes.storage.store import Storage
from tests.factories import SHA256, StoredOutput, claim_one, complete, make_output
from tests.web.people import Person, make_queued_job

_PREVIEW = Probe(media_type="video/mp4", width=64, height=48, duration_seconds=2.0, fps=8.0, frames=16)
_POSTER = Probe(media_type="image/webp", width=288, height=216)


async def make_shown_job(
    owner: Database, work: Database, storage: Storage, person: Person, **changes: Any
) -> Job:
    """A completed job with an output, its poster and its preview, and the files of all its assets stored."""
    job = await make_queued_job(owner, person, **changes)
    output = make_output()
    more = {AssetRole.POSTER: _POSTER, AssetRole.PREVIEW: _PREVIEW}
    made = {role: _stored(role, probe) for role, probe in more.items()}
    job = await complete(
        work, await claim_one(work), replace(output, files={**output.files, **made}), log="It went well."
    )
    await store_files(owner, storage, job)
    return job


async def start_shown_job(
    owner: Database, work: Database, storage: Storage, person: Person, **changes: Any
) -> Attempt:
    """An attempt at a job whose input files are stored."""
    job = await make_queued_job(owner, person, **changes)
    await store_files(owner, storage, job)
    return await claim_one(work)


async def store_files(owner: Database, storage: Storage, job: Job) -> None:
    """Write a sample for each file that the database knows of a job."""
    async with owner.transaction() as tx:
        found = (await media.list_job_assets(tx, job_ids=[job.id]))[job.id]
    for asset in found.values():
        await storage.write(asset.bucket, asset.key, _chunks(_sample(asset.media_type)))


def _stored(role: AssetRole, probe: Probe) -> StoredOutput:
    asset_id = AssetId(uuid7())
    key = f"{asset_id}.{'webp' if role is AssetRole.POSTER else 'mp4'}"
    return StoredOutput(asset_id=asset_id, role=role, key=key, bytes=1, sha256=SHA256, probe=probe)


def _sample(media_type: str) -> bytes:
    samples = files("rushes.samples")
    if media_type.startswith("video/"):
        return samples.joinpath("motion.mp4").read_bytes()
    if media_type == "image/png":
        return samples.joinpath("reference.png").read_bytes()
    picture = Image.open(io.BytesIO(samples.joinpath("reference.png").read_bytes()))
    picture.thumbnail((288, 288))
    written = io.BytesIO()
    picture.save(written, format=media_type.removeprefix("image/"))
    return written.getvalue()


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
