"""Finding the job whose output another job works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from rushes.db import jobs
from rushes.db.pool import Tx
from rushes.domain.accounts import User
from rushes.domain.ids import JobId
from rushes.domain.jobs import POST_TYPES, Job, JobStatus, JobType, is_final
from rushes.domain.options import Resolution, resolution_of
from rushes.errors import FieldProblem

_Found = tuple["Parent | None", list[FieldProblem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What a job works on: the output of an existing job, or of an earlier one of the same batch."""

    job_id: JobId | None
    output_seconds: float
    resolution: Resolution
    is_picture: bool
    awaited: bool


async def find_parent(
    tx: Tx,
    user: User,
    *,
    job_type: JobType,
    parent_job_id: UUID | None,
    after: int | None,
    earlier: Sequence[Parent | None],
) -> _Found:
    """Return the parent of a job of the account, if its type has one, and what is wrong with it.

    Args:
        tx: The transaction.
        user: The account, whose row may be locked or not.
        job_type: Of the job that looks for its parent.
        parent_job_id: The existing job that it names.
        after: The index in `earlier` that it names instead.
        earlier: What its batch makes before it, `None` for what is wrong itself.
    """
    if job_type not in POST_TYPES:
        named = parent_job_id is not None or after is not None
        return None, [_wrong("This job type works on files, not on the output of a job.")] if named else []
    if after is not None and parent_job_id is not None:
        return None, [_wrong("Name an existing job or an earlier one of the batch, not both.")]
    if after is not None:
        return _find_earlier(job_type, after, earlier)
    if parent_job_id is None:
        return None, [_wrong("This job type works on the output of a job; name it.")]
    return _judge_existing(job_type, await jobs.get_job(tx, job_id=parent_job_id, user_id=user.id))


def _judge_existing(job_type: JobType, found: Job | None) -> _Found:
    if found is None:
        return None, [_wrong("There is no such job.")]
    if is_final(found.status) and found.status is not JobStatus.COMPLETED:
        return None, [_wrong(f"The job is {found.status}.")]
    return _fitting(job_type, _existing(found), field="parent_job_id")


def _existing(job: Job) -> Parent:
    return Parent(
        job_id=job.id,
        output_seconds=job.output_seconds,
        resolution=resolution_of(job.options),
        is_picture=job.image_id is not None or job.job_type is JobType.IMAGE,
        awaited=job.status is not JobStatus.COMPLETED,
    )


def _find_earlier(job_type: JobType, index: int, earlier: Sequence[Parent | None]) -> _Found:
    if not 0 <= index < len(earlier):
        return None, [_wrong("Name an earlier job of the batch, counted from 0.", field="after")]
    parent = earlier[index]
    # What is wrong with the earlier job is said there.
    return (None, []) if parent is None else _fitting(job_type, parent, field="after")


def _fitting(job_type: JobType, parent: Parent, *, field: str) -> _Found:
    if parent.is_picture and job_type is not JobType.UPSCALE:
        return None, [_wrong("That job makes a picture; this job type works on a video.", field=field)]
    return parent, []


def _wrong(message: str, *, field: str = "parent_job_id") -> FieldProblem:
    return FieldProblem(field=field, message=message)
