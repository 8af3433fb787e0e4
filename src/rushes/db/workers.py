"""Workers: who is alive, and which lanes nobody serves."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import WorkerId
from rushes.domain.waiting import WORKER_SILENCE

_queries = load("workers")


class WorkerState(StrEnum):
    """What a worker is doing."""

    RUNNING = "running"
    DRAINING = "draining"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorker:
    """How a worker announces itself."""

    id: WorkerId
    name: str
    host: str
    pid: int
    lanes: list[str]
    engines: list[str]
    slots: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRecord(NewWorker):
    """A worker as it stands now; `processing` is how many jobs it runs."""

    state: WorkerState
    started_at: datetime
    heartbeat_at: datetime
    drain_requested_at: datetime | None
    processing: int


async def insert_worker(tx: Tx, worker: NewWorker) -> None:
    """Announce a worker."""
    await _queries.insert_worker(tx, **asdict(worker))


async def beat(tx: Tx, *, worker_id: WorkerId) -> bool:
    """Say that a worker is alive; tell whether it should drain."""
    return bool(await _queries.beat(tx, worker_id=worker_id))


async def set_state(tx: Tx, *, worker_id: WorkerId, state: WorkerState) -> None:
    """Say what a worker is doing."""
    await _queries.set_state(tx, worker_id=worker_id, state=state)


async def mark_gone(tx: Tx, *, silence: timedelta) -> None:
    """Note the workers that have been silent for too long."""
    await _queries.mark_gone(tx, silence=silence)


async def list_unserved_lanes(tx: Tx, *, silence: timedelta) -> list[str]:
    """Return the lanes of enabled models that no live worker serves."""
    return [row["lane"] async for row in _queries.list_unserved_lanes(tx, silence=silence)]


async def list_workers(tx: Tx, *, silence: timedelta = WORKER_SILENCE) -> list[WorkerRecord]:
    """Return the workers, newest first; one that is silent for longer than `silence` counts as gone."""
    return [_worker(row) async for row in _queries.list_workers(tx, worker_id=None, silence=silence)]


async def get_worker(tx: Tx, *, worker_id: UUID, silence: timedelta = WORKER_SILENCE) -> WorkerRecord | None:
    """Return a worker."""
    rows = [_worker(row) async for row in _queries.list_workers(tx, worker_id=worker_id, silence=silence)]
    return rows[0] if rows else None


async def request_drain(tx: Tx, *, worker_id: WorkerId) -> None:
    """Have a worker take nothing more; it hears of it when this transaction commits."""
    await _queries.request_drain(tx, worker_id=worker_id)
    await _queries.notify_drain(tx, worker_id=worker_id)


def _worker(row: Any) -> WorkerRecord:
    known: dict[str, Any] = {field.name: row[field.name] for field in fields(WorkerRecord)}
    known["state"] = WorkerState(row["state"])
    return WorkerRecord(**known)
