"""Submitting jobs: check everything, hold the price, write it down, let in what may run."""

from collections.abc import Sequence
from dataclasses import dataclass

from uuid_utils.compat import uuid7

from rushes.actions.admission import admit
from rushes.actions.checking import DEFAULT_MODEL, DEFAULT_PRIORITY, Checked, Submission, check
from rushes.db import accounts, idempotency, jobs, ledger
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User, Viewer
from rushes.domain.ids import GroupId, HoldId, JobId, UserId
from rushes.domain.jobs import Job, NewJob
from rushes.domain.media import MediaLimits
from rushes.errors import (
    FieldProblem,
    IdempotencyConflict,
    InsufficientCredits,
    InvalidFields,
    Missing,
    Unauthenticated,
)

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_PRIORITY",
    "Idempotency",
    "Quote",
    "Submission",
    "quote",
    "submit",
    "submit_batch",
]

MAX_BATCH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """What makes a repeated request the same one: the client's key, and the SHA-256 of the body."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a batch would cost at the most, in credits; `None` for a job that is wrong, as `problems` say."""

    prices: tuple[int | None, ...]
    credits: int
    problems: tuple[FieldProblem, ...]

    @property
    def total(self) -> int:
        """The price of the whole batch, as far as it is right."""
        return sum(price or 0 for price in self.prices)


async def submit(
    database: Database,
    viewer: Viewer,
    submission: Submission,
    *,
    limits: MediaLimits,
    idempotency_key: Idempotency | None = None,
) -> Job:
    """Write a job down with its hold, in one transaction.

    Raises:
        InvalidFields: The model, an input, the parent or a wish cannot be used; all wrong ones are named.
        InsufficientCredits: The balance does not cover the price.
        IdempotencyConflict: The key was used for another body.
    """
    (job,) = await submit_batch(
        database, viewer, [submission], limits=limits, idempotency_key=idempotency_key
    )
    return job


async def submit_batch(
    database: Database,
    viewer: Viewer,
    submissions: Sequence[Submission],
    *,
    limits: MediaLimits,
    idempotency_key: Idempotency | None = None,
) -> list[Job]:
    """Write up to `MAX_BATCH` jobs down in one transaction, as a group; a chain names its parents by `after`.

    Raises:
        InvalidFields: Something is wrong; of more than one job, fields are named `jobs.0.…`.
        InsufficientCredits: The balance does not cover the price of all.
        IdempotencyConflict: The key was used for another body.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await _lock(tx, viewer)
        if idempotency_key is not None and (again := await _find_answer(tx, user, idempotency_key)):
            return again
        checked, problems = await _check_all(tx, user, submissions, limits)
        if problems:
            raise InvalidFields(fields=tuple(problems))
        written = await _write(tx, user, [one for one in checked if one is not None])
        if idempotency_key is not None:
            await idempotency.insert_answer(
                tx,
                user_id=user.id,
                key=idempotency_key.key,
                fingerprint=idempotency_key.fingerprint,
                job_ids=list(written),
            )
        admitted = await admit(tx, [user])
    return [admitted.get(job_id, job) for job_id, job in written.items()]


async def quote(
    database: Database, viewer: Viewer, submissions: Sequence[Submission], *, limits: MediaLimits
) -> Quote:
    """Return what `submit_batch` would hold and find wrong, without submitting."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await accounts.get_user(tx, user_id=viewer.user_id)
        if user is None:
            raise Unauthenticated
        checked, problems = await _check_all(tx, user, submissions, limits)
    prices = tuple(None if one is None else one.price for one in checked)
    return Quote(prices=prices, credits=user.credits, problems=tuple(problems))


async def require_credits(tx: Tx, user: User, price: int) -> None:
    """Check a balance under the account's lock.

    Raises:
        InsufficientCredits: It does not cover the price.
    """
    if user.credits < price:
        held = await ledger.sum_held(tx, user_id=user.id)
        raise InsufficientCredits(needed=price, available=user.credits, held=held)


async def _lock(tx: Tx, viewer: Viewer) -> User:
    user = await accounts.lock_user(tx, user_id=viewer.user_id)
    if user is None:
        raise Unauthenticated
    return user


async def _find_answer(tx: Tx, user: User, key: Idempotency) -> list[Job] | None:
    # Under the account's lock: of two that come at once, the second finds what the first has made.
    answer = await idempotency.get_answer(tx, user_id=user.id, key=key.key)
    if answer is None:
        return None
    if answer.fingerprint != key.fingerprint:
        raise IdempotencyConflict
    return await _read(tx, user.id, answer.job_ids)


async def _read(tx: Tx, user_id: UserId, job_ids: Sequence[JobId]) -> list[Job]:
    found = {job.id: job for job in await jobs.list_jobs_among(tx, user_id=user_id, job_ids=job_ids)}
    if len(found) < len(job_ids):
        raise Missing("The job that this request made was deleted.")
    return [found[job_id] for job_id in job_ids]


async def _check_all(
    tx: Tx, user: User, submissions: Sequence[Submission], limits: MediaLimits
) -> tuple[list[Checked | None], list[FieldProblem]]:
    if not 1 <= len(submissions) <= MAX_BATCH:
        return [], [FieldProblem(field="jobs", message=f"Submit 1 to {MAX_BATCH} jobs at once.")]
    checked: list[Checked | None] = []
    problems: list[FieldProblem] = []
    for index, submission in enumerate(submissions):
        one, wrong = await check(tx, user, submission, checked, limits=limits)
        checked.append(one)
        prefix = f"jobs.{index}." if len(submissions) > 1 else ""
        problems += [FieldProblem(field=prefix + each.field, message=each.message) for each in wrong]
    return checked, problems


async def _write(tx: Tx, user: User, batch: Sequence[Checked]) -> dict[JobId, Job]:
    await require_credits(tx, user, sum(one.price for one in batch))
    ids = [JobId(uuid7()) for _ in batch]
    holds = [
        ledger.Hold(id=HoldId(uuid7()), user_id=user.id, amount=one.price, reason=f"job {job_id}")
        for job_id, one in zip(ids, batch, strict=True)
    ]
    await ledger.add_holds(tx, holds)
    group_id = GroupId(uuid7()) if len(batch) > 1 else None
    if group_id is not None:
        await jobs.insert_group(tx, group_id=group_id, user_id=user.id)
    new = [
        _new_job(job_id, user, one, _parent_of(one, ids), hold.id, group_id)
        for job_id, one, hold in zip(ids, batch, holds, strict=True)
    ]
    written = await jobs.insert_jobs(tx, new)
    inputs = {
        job_id: {role: asset.id for role, asset in one.inputs.items()}
        for job_id, one in zip(ids, batch, strict=True)
    }
    await jobs.insert_inputs(tx, inputs)
    return {job_id: written[job_id] for job_id in ids}


def _parent_of(one: Checked, ids: Sequence[JobId]) -> JobId | None:
    if one.submission.after is not None:
        return ids[one.submission.after]
    return one.parent and one.parent.job_id


def _new_job(
    job_id: JobId,
    user: User,
    one: Checked,
    parent_job_id: JobId | None,
    hold_id: HoldId,
    group_id: GroupId | None,
) -> NewJob:
    submission = one.submission
    return NewJob(
        id=job_id,
        user_id=user.id,
        parent_job_id=parent_job_id,
        awaits_parent=one.parent is not None and one.parent.awaited,
        group_id=group_id,
        job_type=submission.job_type,
        model=one.model.slug,
        quality=submission.quality,
        lane=one.model.lane,
        priority=submission.priority,
        prompt=submission.prompt,
        options=submission.options.model_dump(mode="json"),
        metadata=submission.metadata,
        max_attempts=one.model.max_attempts,
        price=one.price,
        output_seconds=one.output_seconds,
        auto_cancel_at=submission.auto_cancel_at,
        hold_id=hold_id,
        # No engine draws a watermark yet, and a job must not claim one that it does not have.
        watermark_applied=False,
    )
