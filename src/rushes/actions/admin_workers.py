"""Having a worker take nothing more."""

from uuid import UUID

from rushes.actions.admin import administering, record
from rushes.db import workers
from rushes.db.pool import Database, Tx
from rushes.db.workers import WorkerRecord, WorkerState
from rushes.domain.audit import Actor, AuditAction, TargetType
from rushes.errors import Conflict, Missing


async def drain(database: Database, actor: Actor, *, worker_id: UUID) -> WorkerRecord:
    """Ask a worker to finish what it runs and take nothing more; it does not end by itself.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such worker.
        Conflict: It is gone.
    """
    async with administering(database, actor) as tx:
        before = await _require_worker(tx, worker_id)
        if before.state is WorkerState.GONE:
            raise Conflict("The worker is gone.")
        await workers.request_drain(tx, worker_id=before.id)
        worker = await _require_worker(tx, worker_id)
        was, now = {"state": before.state}, {"state": worker.state}
        target = (TargetType.WORKER, str(worker_id))
        await record(tx, actor, AuditAction.WORKER_DRAINED, target=target, before=was, after=now)
    return worker


async def _require_worker(tx: Tx, worker_id: UUID) -> WorkerRecord:
    worker = await workers.get_worker(tx, worker_id=worker_id)
    if worker is None:
        raise Missing("There is no such worker.")
    return worker
