"""Workers: who is alive, and which lanes nobody serves."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import WorkerId

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


async def insert_worker(tx: Tx, worker: NewWorker) -> None:
    """Announce a worker."""
    await _queries.insert_worker(tx, **asdict(worker))


async def beat(tx: Tx, *, worker_id: WorkerId) -> None:
    """Say that a worker is alive."""
    await _queries.beat(tx, worker_id=worker_id)


async def set_state(tx: Tx, *, worker_id: WorkerId, state: WorkerState) -> None:
    """Say what a worker is doing."""
    await _queries.set_state(tx, worker_id=worker_id, state=state)


async def mark_gone(tx: Tx, *, silence: timedelta) -> None:
    """Note the workers that have been silent for too long."""
    await _queries.mark_gone(tx, silence=silence)


async def list_unserved_lanes(tx: Tx, *, silence: timedelta) -> list[str]:
    """Return the lanes of enabled models that no live worker serves."""
    return [row["lane"] async for row in _queries.list_unserved_lanes(tx, silence=silence)]
