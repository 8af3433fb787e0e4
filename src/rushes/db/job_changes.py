"""What owners do with jobs besides running them: judging, sorting and sharing them."""

from datetime import datetime
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, UserId
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole, Bucket
from rushes.domain.sharing import Share, SharedFile

_queries = load("job_changes")


async def write_choices(tx: Tx, job: Job) -> None:
    """Keep the star, rating, project and destination of a locked job."""
    await _queries.write_choices(
        tx,
        job_id=job.id,
        user_id=job.user_id,
        starred=job.starred,
        rating=job.rating,
        project_id=job.project_id,
        destination=job.destination,
    )


async def share_job(tx: Tx, *, job_id: JobId, user_id: UserId) -> datetime:
    """Put the link to a job in force; return since when it is."""
    row = await _queries.share_job(tx, job_id=job_id, user_id=user_id)
    return row["created_at"]


async def find_link(tx: Tx, *, job_id: JobId, user_id: UserId) -> datetime | None:
    """Return since when the link to a job of the viewer is in force; `None` if none is."""
    return await _queries.find_link(tx, job_id=job_id, user_id=user_id)


async def revoke_share(tx: Tx, *, job_id: UUID, user_id: UserId) -> bool:
    """Take the link to a job of the viewer back; `False` if none is in force."""
    return await _queries.revoke_share(tx, job_id=job_id, user_id=user_id) is not None


async def find_share(tx: Tx, *, short_id: str) -> Share | None:
    """Return what a link leads to, whoever asks; `None` if there never was such a link."""
    rows = [row async for row in _queries.find_share(tx, short_id=short_id)]
    if not rows:
        return None
    files = {
        AssetRole(row["role"]): SharedFile(
            bucket=Bucket(row["bucket"]),
            key=row["key"],
            media_type=row["media_type"],
            bytes=row["bytes"],
            width=row["width"],
            height=row["height"],
            duration_seconds=row["duration_seconds"],
            created_at=row["created_at"],
        )
        for row in rows
        if row["role"] is not None
    }
    return Share(is_revoked=rows[0]["is_revoked"], files=files)
