"""Jobs that have ended, as pages show them."""

from dataclasses import replace
from typing import Any

from rushes.db.pool import Database
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole, Probe, StoredOutput
from tests.factories import SHA256, claim_one, complete, make_output, retry_or_fail
from tests.web.people import Person, make_queued_job

POSTER = Probe(media_type="image/webp", width=288, height=512)


async def make_completed_job(owner: Database, work: Database, person: Person, **changes: Any) -> Job:
    """A job with an output and its poster."""
    job = await make_queued_job(owner, person, **changes)
    output = make_output()
    film = output.files[AssetRole.OUTPUT]
    poster = StoredOutput(
        asset_id=AssetId(job.id),
        role=AssetRole.POSTER,
        key=f"{job.id}.webp",
        bytes=1,
        sha256=SHA256,
        probe=POSTER,
    )
    files = {AssetRole.OUTPUT: film, AssetRole.POSTER: poster}
    return await complete(work, await claim_one(work), replace(output, files=files), log="It went well.")


async def make_failed_job(owner: Database, work: Database, person: Person, **changes: Any) -> Job:
    """A job whose only attempt went wrong."""
    await make_queued_job(owner, person, **changes)
    return await retry_or_fail(
        work,
        await claim_one(work),
        error_code="x",
        error_message="No person.",
        retryable=False,
        log="Nobody <b>there</b>.",
    )
