"""Letting jobs in as slots free, and on to their lane once their inputs are ready."""

from collections.abc import Collection, Iterable, Sequence

from rushes.actions.moving import Move, move
from rushes.db import accounts, lifecycle
from rushes.db.lifecycle import RefusedInput
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User
from rushes.domain.endings import Verdict
from rushes.domain.ids import AssetId, JobId
from rushes.domain.jobs import Job, JobStatus


async def admit(tx: Tx, users: Sequence[User], *, validating: Sequence[JobId] = ()) -> dict[JobId, Job]:
    """Let the accounts' next pending jobs in, as their slots allow, and some `validating` ones on.

    Those whose inputs are ready are queued; those with a refused one fail, and the next take their slots.
    Returns what has moved, as it now is. The caller holds the locks on the accounts' rows; so the count of
    their slots cannot change underneath.
    """
    moved: dict[JobId, Job] = {}
    while True:
        entered = _by_job(await lifecycle.admit(tx, users, job_ids=validating))
        moved |= entered
        queued = {job.id for job in entered.values() if job.status is JobStatus.QUEUED}
        failed = await _fail_refused(tx, {*validating, *entered} - queued)
        moved |= _by_job(failed)
        if not failed:
            return moved
        validating = ()


async def judge_waiting(tx: Tx, user: User, asset_id: AssetId) -> None:
    """Go on with the account's jobs that waited for the verdict on one of its files.

    The caller holds the lock on the account's row since before it wrote the verdict down: so each job was
    either submitted before, and is found here, or after, and has read the verdict itself.
    """
    if waiting := await lifecycle.list_waiting_for_asset(tx, asset_id=asset_id):
        await admit(tx, [user], validating=waiting)


async def admit_held_up(database: Database) -> int:
    """Let in what no event let in, as after an account got more slots; return of how many accounts."""
    async with database.autocommit() as tx:
        held_up = await lifecycle.list_held_up(tx)
    for user_id in held_up:
        async with database.transaction() as tx:
            user = await accounts.lock_user(tx, user_id=user_id)
            if user is not None:
                await admit(tx, [user], validating=await lifecycle.list_validating(tx, user_id=user_id))
    return len(held_up)


async def _fail_refused(tx: Tx, job_ids: Collection[JobId]) -> list[Job]:
    """Fail those of some validating jobs that name a file which can never become ready."""
    refused = await lifecycle.list_refused_inputs(tx, job_ids=list(job_ids)) if job_ids else []
    return await move(tx, [_failure(one) for one in refused])


def _failure(refused: RefusedInput) -> Move:
    code = f"invalid_{refused.role}"
    verdict = Verdict(status=JobStatus.FAILED, error_code=code, error_message=refused.message)
    return Move(job=refused.job, verdict=verdict)


def _by_job(jobs: Iterable[Job]) -> dict[JobId, Job]:
    return {job.id: job for job in jobs}
