"""Submitting once, however often it is asked for: a repeat is answered as the first request was."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rushes.actions.submit import Submission, Submitted, lock_account, submit_locked
from rushes.db import idempotency, jobs, media
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId, UserId
from rushes.domain.jobs import Job
from rushes.domain.media import MediaLimits
from rushes.errors import IdempotencyConflict, Missing

WriteAnswer = Callable[[Tx, Sequence[Submitted]], Awaitable[str]]
"""Writes what a request is answered with, as part of the transaction that made its jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """What makes a repeated request the same one: the client's key, and the SHA-256 of the body."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The jobs of a request as they are now, what it is answered with, and whether it came before."""

    jobs: list[Job]
    answer: str
    replayed: bool


async def submit_once(
    database: Database,
    viewer: Viewer,
    submissions: Sequence[Submission],
    *,
    limits: MediaLimits,
    idempotency_key: Idempotency | None,
    write_answer: WriteAnswer,
    is_batch: bool = True,
) -> Answered:
    """Write jobs down unless the viewer's key was used before; then return what was answered then.

    Without a key nothing is looked up or kept: each request is a new one.

    Raises:
        InvalidFields: Something is wrong; of a batch, fields are named `jobs.0.…`. The key stays unused.
        InsufficientCredits: The balance does not cover the price of all. The key stays unused.
        IdempotencyConflict: The key was used for another body.
        Missing: A job that the first request made was deleted.
    """
    key = idempotency_key
    async with database.transaction(viewer=viewer.user_id, keeps_plans=True) as tx:
        # Under the account's lock: of two that come at once, the second finds what the first has made.
        user = await lock_account(tx, viewer)
        if key and (again := await idempotency.get_answer(tx, user_id=user.id, key=key.key)):
            if again.fingerprint != key.fingerprint:
                raise IdempotencyConflict
            made = await _read(tx, user.id, again.job_ids)
            answer = again.answer or await write_answer(tx, await _with_files(tx, made))
            return Answered(jobs=made, answer=answer, replayed=True)
        submitted = await submit_locked(tx, user, submissions, limits=limits, is_batch=is_batch)
        made = [one.job for one in submitted]
        answer = await write_answer(tx, submitted)
        if key:
            await idempotency.insert_answer(
                tx,
                user_id=user.id,
                key=key.key,
                fingerprint=key.fingerprint,
                job_ids=[job.id for job in made],
                answer=answer,
            )
    return Answered(jobs=made, answer=answer, replayed=False)


async def _with_files(tx: Tx, made: Sequence[Job]) -> list[Submitted]:
    files = await media.list_job_assets(tx, job_ids=[job.id for job in made])
    return [Submitted(job=job, files=files[job.id]) for job in made]


async def _read(tx: Tx, user_id: UserId, job_ids: Sequence[JobId]) -> list[Job]:
    found = {job.id: job for job in await jobs.list_jobs_among(tx, user_id=user_id, job_ids=job_ids)}
    if len(found) < len(job_ids):
        raise Missing("The job that this request made was deleted.")
    return [found[job_id] for job_id in job_ids]
