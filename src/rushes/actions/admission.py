"""Letting jobs in as slots free, and on to their lane once their inputs are ready."""

from collections.abc import Sequence

from rushes.db import jobs, ledger
from rushes.db.pool import Tx
from rushes.domain.accounts import User, slot_limit
from rushes.domain.ids import AssetId, JobId
from rushes.domain.jobs import Job


async def admit(tx: Tx, user: User) -> None:
    """Let the account's next pending jobs in, as many as it has free slots.

    The caller holds the lock on the account's row; so the count of its slots cannot change underneath.
    """
    while admitted := await jobs.admit_pending(tx, user_id=user.id, slots=slot_limit(user)):
        if not await judge_inputs(tx, admitted):
            return


async def judge_inputs(tx: Tx, job_ids: Sequence[JobId]) -> bool:
    """Queue the validating jobs whose inputs are ready, fail those with a refused one; tell if any failed."""
    await jobs.queue_validated(tx, job_ids=job_ids)
    refused = await jobs.list_refused_inputs(tx, job_ids=job_ids)
    for one in refused:
        failed = await jobs.fail_job(
            tx, job_id=one.job_id, error_code=f"invalid_{one.role}", error_message=one.message
        )
        await release_hold(tx, failed, reason="the input was refused")
    return bool(refused)


async def judge_waiting(tx: Tx, user: User, asset_id: AssetId) -> None:
    """Go on with the account's jobs that waited for the verdict on one of its files.

    The caller holds the lock on the account's row since before it wrote the verdict down: so each job was
    either submitted before, and is found here, or after, and has read the verdict itself.
    """
    if await judge_inputs(tx, await jobs.list_waiting_for_asset(tx, asset_id=asset_id)):
        await admit(tx, user)


async def release_hold(tx: Tx, job: Job, *, reason: str) -> None:
    """Give back what was set aside for a job that will not complete."""
    assert job.hold_id is not None, "every job has a hold"
    await ledger.add_release(tx, hold_id=job.hold_id, user_id=job.user_id, job_id=job.id, reason=reason)
