"""The files that cards show: a job's own, and of the job whose output it works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rushes.db import media
from rushes.db.pool import Tx
from rushes.domain.ids import JobId
from rushes.domain.jobs import POST_TYPES, Job
from rushes.web.pages.cards.tiles import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFiles:
    """The files of a job, and those of its parent if it works on the parent's output, by their roles."""

    own: Files
    parents: Files


async def list_card_files(tx: Tx, among: Sequence[Job]) -> Mapping[JobId, CardFiles]:
    """Return what the cards of some jobs show."""
    parents = {job.id: job.parent_job_id for job in among if job.job_type in POST_TYPES and job.parent_job_id}
    files = await media.list_job_assets(tx, job_ids=[*{*(job.id for job in among), *parents.values()}])
    return {
        job.id: CardFiles(own=files[job.id], parents=files[parents[job.id]] if job.id in parents else {})
        for job in among
    }
