"""Giving out links to what jobs made, taking them back, and reporting what they lead to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rushes.actions.taking import take_job
from rushes.db import job_changes, links
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.moderation import WITHHELD
from rushes.domain.sharing import ReportReason, report_problem
from rushes.errors import Conflict, InvalidFields, Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that is in force, and since when."""

    short_id: str
    created_at: datetime


async def share_job(database: Database, viewer: Viewer, *, job_id: UUID) -> Link:
    """Let everybody who has the link see what a job made; once more if it was taken back.

    Raises:
        Missing: The viewer has no such job.
        Conflict: It has made nothing, or what it made is withheld after a review.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        _, job = await take_job(tx, viewer, job_id=job_id)
        if job.short_id is None:
            raise Conflict(f"The job is {job.status}; only what a completed job made can be shared.")
        if job.moderation_status in WITHHELD:
            raise Conflict(f"What the job made is {job.moderation_status}, and cannot be shared.")
        created_at = await job_changes.share_job(tx, job_id=job.id, user_id=viewer.user_id)
    return Link(short_id=job.short_id, created_at=created_at)


async def revoke_share(database: Database, viewer: Viewer, *, job_id: UUID) -> None:
    """Take the link to a job back; it says so from now on.

    Raises:
        Missing: The viewer has no such job, or it is not shared.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        _, job = await take_job(tx, viewer, job_id=job_id)
        if not await job_changes.revoke_share(tx, job_id=job.id, user_id=viewer.user_id):
            raise Missing("The job is not shared.")


async def list_link(database: Database, viewer: Viewer, *, short_id: str, listed: bool) -> None:
    """Let search engines list the page of a link, or not.

    Raises:
        Missing: The viewer has no such link in force.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        job_id = await links.find_own_link(tx, short_id=short_id, user_id=viewer.user_id)
        if job_id is None:
            raise Missing("There is no such link.")
        await links.list_link(tx, job_id=job_id, user_id=viewer.user_id, listed=listed)


async def report_link(database: Database, *, short_id: str, reason: ReportReason, details: str) -> None:
    """Put what a link leads to before the administrators, whoever asks; they see why.

    Raises:
        InvalidFields: The words are too many.
        Missing: No such link is in force.
    """
    if problem := report_problem(details):
        raise InvalidFields(fields=(problem,))
    report = " ".join(f"Reported ({reason}): {details}".split()).removesuffix(":")
    async with database.transaction() as tx:
        if not await links.report_share(tx, short_id=short_id, report=report):
            raise Missing("There is no such link.")
