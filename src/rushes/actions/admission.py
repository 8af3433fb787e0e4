"""Letting jobs in as slots free, and on to their lane once their inputs are ready."""

from collections.abc import Iterable, Sequence

from rushes.actions.moving import Move, move
from rushes.db import accounts, lifecycle
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User
from rushes.domain.endings import Verdict
from rushes.domain.ids import AssetId, JobId
from rushes.domain.jobs import Job, JobStatus


async def admit(tx: Tx, users: Sequence[User]) -> dict[JobId, Job]:
    """Let the accounts' next pending jobs in, as many as each has free slots; return them as they now are.

    The caller holds the locks on the accounts' rows; so the count of their slots cannot change underneath.
    """
    admitted: dict[JobId, Job] = {}
    while validating := await lifecycle.admit_pending(tx, users):
        judged = await judge_inputs(tx, users, [job.id for job in validating])
        admitted |= _by_job(validating) | _by_job(judged)
        if not any(job.status is JobStatus.FAILED for job in judged):
            break
    return admitted


async def judge_inputs(tx: Tx, users: Sequence[User], job_ids: Sequence[JobId]) -> list[Job]:
    """Queue the validating jobs whose inputs are ready, fail those with a refused one; return both."""
    queued = await lifecycle.queue_validated(tx, users, job_ids=job_ids)
    waiting = _without(job_ids, queued)
    refused = await lifecycle.list_refused_inputs(tx, job_ids=waiting) if waiting else []
    failures = [
        Move(
            job=one.job,
            verdict=Verdict(
                status=JobStatus.FAILED, error_code=f"invalid_{one.role}", error_message=one.message
            ),
        )
        for one in refused
    ]
    return queued + await move(tx, failures)


async def judge_waiting(tx: Tx, user: User, asset_id: AssetId) -> None:
    """Go on with the account's jobs that waited for the verdict on one of its files.

    The caller holds the lock on the account's row since before it wrote the verdict down: so each job was
    either submitted before, and is found here, or after, and has read the verdict itself.
    """
    waiting = await lifecycle.list_waiting_for_asset(tx, asset_id=asset_id)
    judged = await judge_inputs(tx, [user], waiting)
    if any(job.status is JobStatus.FAILED for job in judged):
        await admit(tx, [user])


async def admit_held_up(database: Database) -> int:
    """Let in what no event let in, as after an account got more slots; return of how many accounts."""
    async with database.autocommit() as tx:
        held_up = await lifecycle.list_held_up(tx)
    for user_id in held_up:
        async with database.transaction() as tx:
            user = await accounts.lock_user(tx, user_id=user_id)
            if user is not None:
                await judge_inputs(tx, [user], await lifecycle.list_validating(tx, user_id=user_id))
                await admit(tx, [user])
    return len(held_up)


def _by_job(jobs: Iterable[Job]) -> dict[JobId, Job]:
    return {job.id: job for job in jobs}


def _without(job_ids: Iterable[JobId], known: Iterable[Job]) -> list[JobId]:
    left_out = {job.id for job in known}
    return [job_id for job_id in job_ids if job_id not in left_out]
