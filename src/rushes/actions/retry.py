"""Asking for a failed job again."""

from uuid import UUID

from rushes.actions.admission import admit
from rushes.actions.checking import input_problem
from rushes.actions.submit import require_credits
from rushes.actions.taking import take_job
from rushes.db import catalogue, jobs, ledger, lifecycle, media
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User, Viewer, is_watermarked
from rushes.domain.catalogue import Model
from rushes.domain.jobs import Job, JobStatus, require_transition
from rushes.domain.media import AssetRole
from rushes.domain.options import resolution_of
from rushes.errors import Conflict


async def retry(database: Database, viewer: Viewer, *, job_id: UUID) -> Job:
    """Submit a failed job once more: with a new hold at today's price, and new attempts.

    Whether its output gets the watermark depends, as the price does, on the account's plan of today.

    Raises:
        Missing: The viewer has no such job.
        IllegalTransition: It has not failed.
        Conflict: One of its files, its parent or its model is gone.
        InsufficientCredits: The balance does not cover the price.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        user, job = await take_job(tx, viewer, job_id=job_id)
        await retry_locked(tx, user, job)
        current = await jobs.get_job(tx, job_id=job.id, user_id=viewer.user_id)
    assert current is not None, "the row is locked by this transaction"
    return current


async def retry_locked(tx: Tx, user: User, job: Job) -> None:
    """Submit a job of an account once more; its row and the account's are locked.

    Raises:
        IllegalTransition: It has not failed.
        Conflict: One of its files, its parent or its model is gone.
        InsufficientCredits: The balance does not cover the price.
    """
    require_transition(job.status, JobStatus.PENDING)
    model = await _require_usable(tx, job)
    price = model.price.of(
        job_type=job.job_type,
        quality=job.quality,
        resolution=resolution_of(job.options),
        seconds=job.output_seconds,
    )
    await require_credits(tx, user, price)
    hold_id = await ledger.add_hold(tx, user_id=user.id, amount=price, reason=f"job {job.id}, once more")
    await lifecycle.submit_again(
        tx,
        job,
        hold_id=hold_id,
        price=price,
        max_attempts=model.max_attempts,
        watermark=is_watermarked(user),
    )
    await admit(tx, [user])


async def _require_usable(tx: Tx, job: Job) -> Model:
    model = await catalogue.get_model(tx, slug=job.model)
    if model is None or not model.enabled:
        raise Conflict(f"The model {job.model!r} is no longer offered.")
    inputs = await media.list_inputs(tx, job_ids=[job.id])
    for role, asset in inputs.get(job.id, {}).items():
        problem = role is not AssetRole.OUTPUT and input_problem(role, asset)
        if problem:
            raise Conflict(f"The {role} file cannot be used any more: {problem.message}")
    if job.parent_job_id is not None:
        parent = await jobs.get_job(tx, job_id=job.parent_job_id, user_id=job.user_id)
        if parent is None or parent.status is not JobStatus.COMPLETED:
            raise Conflict("The job whose output this one works on is gone.")
    return model
