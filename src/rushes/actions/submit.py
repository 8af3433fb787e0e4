"""Submitting jobs: check everything, hold the price, write it down, let in what may run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from uuid_utils.compat import uuid7

from rushes.actions.admission import admit
from rushes.actions.checking import (
    DEFAULT_MODEL,
    Checked,
    Submission,
    check,
    read_named,
)
from rushes.db import accounts, estimates, jobs, ledger
from rushes.db.estimates import Estimate
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User, Viewer, is_watermarked
from rushes.domain.ids import GroupId, HoldId, JobId
from rushes.domain.jobs import Job, JobStatus, NewJob
from rushes.domain.media import Asset, AssetRole, AssetStatus, MediaLimits
from rushes.errors import FieldProblem, InsufficientCredits, InvalidFields, Unauthenticated

__all__ = [
    "DEFAULT_MODEL",
    "Quote",
    "Submission",
    "Submitted",
    "quote",
    "submit",
    "submit_batch",
]

MAX_BATCH = 20

_FOUND_OUT = {"parent_job_id", "group_id", "model", "options"}
# A word means the same in what is asked for and in what is written down: the rest is the same value.
_AS_ASKED = (set(Submission.__slots__) & set(NewJob.__slots__)) - _FOUND_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A job that was written down, and the files that it has."""

    job: Job
    files: Mapping[AssetRole, Asset]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a batch would cost at the most, in credits; `None` for a job that is wrong, as `problems` say.

    `estimates` are of the same jobs; `credits` is the balance.
    """

    prices: tuple[int | None, ...]
    estimates: tuple[Estimate | None, ...]
    credits: int
    problems: tuple[FieldProblem, ...]

    @property
    def total(self) -> int:
        """The price of the whole batch, as far as it is right."""
        return sum(price or 0 for price in self.prices)


async def submit(database: Database, viewer: Viewer, submission: Submission, *, limits: MediaLimits) -> Job:
    """Write a job down with its hold, in one transaction.

    Raises:
        InvalidFields: The model, an input, the parent or a wish cannot be used; all wrong ones are named.
        InsufficientCredits: The balance does not cover the price.
    """
    async with database.transaction(viewer=viewer.user_id, keeps_plans=True) as tx:
        user = await lock_account(tx, viewer)
        (made,) = await submit_locked(tx, user, [submission], limits=limits, is_batch=False)
    return made.job


async def submit_batch(
    database: Database, viewer: Viewer, submissions: Sequence[Submission], *, limits: MediaLimits
) -> list[Job]:
    """Write up to `MAX_BATCH` jobs down in one transaction, as a group; a chain names its parents by `after`.

    Raises:
        InvalidFields: Something is wrong; fields are named `jobs.0.…`.
        InsufficientCredits: The balance does not cover the price of all.
    """
    async with database.transaction(viewer=viewer.user_id, keeps_plans=True) as tx:
        user = await lock_account(tx, viewer)
        made = await submit_locked(tx, user, submissions, limits=limits, is_batch=True)
    return [one.job for one in made]


async def submit_locked(
    tx: Tx, user: User, submissions: Sequence[Submission], *, limits: MediaLimits, is_batch: bool
) -> list[Submitted]:
    """Write jobs down as part of a transaction that holds the account's row.

    Raises:
        InvalidFields: Something is wrong; of a batch, fields are named `jobs.0.…`.
        InsufficientCredits: The balance does not cover the price of all.
    """
    checked, problems = await _check_all(tx, user, submissions, limits, is_batch=is_batch)
    if problems:
        raise InvalidFields(fields=tuple(problems))
    batch = [one for one in checked if one is not None]
    written = await _write(tx, user, batch, is_batch=is_batch)
    if any(job.status is JobStatus.PENDING and not job.awaits_parent for job in written.values()):
        written |= {job_id: job for job_id, job in (await admit(tx, [user])).items() if job_id in written}
    pairs = zip(written.values(), batch, strict=True)
    return [Submitted(job=job, files=one.inputs) for job, one in pairs]


async def quote(
    database: Database,
    viewer: Viewer,
    submissions: Sequence[Submission],
    *,
    limits: MediaLimits,
    is_batch: bool = True,
) -> Quote:
    """Return what submitting would hold and find wrong, and how long it would take, without submitting."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await accounts.get_user(tx, user_id=viewer.user_id)
        if user is None:
            raise Unauthenticated
        checked, problems = await _check_all(tx, user, submissions, limits, is_batch=is_batch)
        guesses = [one and await _estimate(tx, user, one) for one in checked]
    prices = tuple(None if one is None else one.price for one in checked)
    return Quote(prices=prices, estimates=tuple(guesses), credits=user.credits, problems=tuple(problems))


async def lock_account(tx: Tx, viewer: Viewer) -> User:
    """Lock the viewer's account until the transaction ends.

    Raises:
        Unauthenticated: It is gone.
    """
    user = await accounts.lock_user(tx, user_id=viewer.user_id)
    if user is None:
        raise Unauthenticated
    return user


async def require_credits(tx: Tx, user: User, price: int) -> None:
    """Check a balance under the account's lock.

    Raises:
        InsufficientCredits: It does not cover the price.
    """
    if user.credits < price:
        held = await ledger.sum_held(tx, user_id=user.id)
        raise InsufficientCredits(needed=price, available=user.credits, held=held)


async def _estimate(tx: Tx, user: User, one: Checked) -> Estimate:
    prospect = estimates.Prospect(
        model=one.model,
        job_type=one.submission.job_type,
        quality=one.submission.quality,
        resolution=one.resolution,
        output_seconds=one.output_seconds,
        priority=one.submission.priority,
        awaits_parent=one.parent is not None and one.parent.awaited,
    )
    return await estimates.estimate(tx, user, prospect)


async def _check_all(
    tx: Tx, user: User, submissions: Sequence[Submission], limits: MediaLimits, *, is_batch: bool
) -> tuple[list[Checked | None], list[FieldProblem]]:
    if not 1 <= len(submissions) <= MAX_BATCH:
        return [], [FieldProblem(field="jobs", message=f"Submit 1 to {MAX_BATCH} jobs at once.")]
    named = await read_named(tx, user, submissions)
    checked: list[Checked | None] = []
    problems: list[FieldProblem] = []
    for index, submission in enumerate(submissions):
        one, wrong = await check(tx, user, submission, checked, named=named, limits=limits)
        checked.append(one)
        prefix = f"jobs.{index}." if is_batch else ""
        problems += [FieldProblem(field=prefix + each.field, message=each.message) for each in wrong]
        if submission.group_id not in {None, next(iter(_named_groups(submissions)), None)}:
            message = "The jobs of a batch are in one group."
            problems.append(FieldProblem(field=f"{prefix}group_id", message=message))
    return checked, problems


def _named_groups(submissions: Iterable[Submission]) -> list[GroupId]:
    return [GroupId(one.group_id) for one in submissions if one.group_id is not None]


async def _write(tx: Tx, user: User, batch: Sequence[Checked], *, is_batch: bool) -> dict[JobId, Job]:
    await require_credits(tx, user, sum(one.price for one in batch))
    ids = [JobId(uuid7()) for _ in batch]
    group_id = next(iter(_named_groups(one.submission for one in batch)), None)
    if group_id is None and is_batch:
        group_id = GroupId(uuid7())
        await jobs.insert_group(tx, group_id=group_id, user_id=user.id)
    new = [
        _new_job(user, job_id, one, _parent_of(one, ids), group_id)
        for job_id, one in zip(ids, batch, strict=True)
    ]
    written = await jobs.insert_jobs(tx, user, new)
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
    user: User, job_id: JobId, one: Checked, parent_job_id: JobId | None, group_id: GroupId | None
) -> NewJob:
    submission = one.submission
    return NewJob(
        id=job_id,
        user_id=user.id,
        parent_job_id=parent_job_id,
        awaits_parent=one.parent is not None and one.parent.awaited,
        group_id=group_id,
        model=one.model.slug,
        lane=one.model.lane,
        options=submission.options.model_dump(mode="json"),
        max_attempts=one.model.max_attempts,
        price=one.price,
        output_seconds=one.output_seconds,
        hold_id=HoldId(uuid7()),
        # What the plan wants; the job's end says what its output has.
        watermark_applied=is_watermarked(user),
        inputs_ready=one.parent is None and all(_is_ready(asset) for asset in one.inputs.values()),
        **{name: getattr(submission, name) for name in _AS_ASKED},
    )


def _is_ready(asset: Asset) -> bool:
    return asset.status is AssetStatus.READY
