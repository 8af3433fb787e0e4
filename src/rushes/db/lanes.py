"""Lanes and their models as an operator sees and steers them."""

from datetime import timedelta
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.catalogue import Lane, LaneModel
from rushes.domain.waiting import WORKER_SILENCE

_queries = load("lanes")


async def list_lanes(tx: Tx, *, silence: timedelta = WORKER_SILENCE) -> list[Lane]:
    """Return all lanes by name; a worker that is silent for longer than `silence` does not count as live."""
    return [_lane(row) async for row in _queries.list_lanes(tx, name=None, silence=silence)]


async def get_lane(tx: Tx, *, name: str, silence: timedelta = WORKER_SILENCE) -> Lane | None:
    """Return a lane."""
    rows = [_lane(row) async for row in _queries.list_lanes(tx, name=name, silence=silence)]
    return rows[0] if rows else None


async def list_models(tx: Tx) -> list[LaneModel]:
    """Return all models, offered or not, by lane and slug."""
    return [_model(row) async for row in _queries.list_models(tx, slug=None)]


async def get_model(tx: Tx, *, slug: str) -> LaneModel | None:
    """Return a model, offered or not."""
    rows = [_model(row) async for row in _queries.list_models(tx, slug=slug)]
    return rows[0] if rows else None


async def pause_lane(tx: Tx, *, name: str) -> None:
    """Have claims leave a lane alone; what runs is not touched."""
    await _queries.pause_lane(tx, name=name)


async def resume_lane(tx: Tx, *, name: str) -> None:
    """Have claims take from a lane again."""
    await _queries.resume_lane(tx, name=name)


async def set_lane_cap(tx: Tx, *, name: str, cap: int | None) -> None:
    """Limit how many jobs of a lane run at once, or with `None` lift the limit."""
    await _queries.set_lane_cap(tx, name=name, cap=cap)


async def set_model_cap(tx: Tx, *, slug: str, cap: int | None) -> None:
    """Limit how many jobs of a model run at once, or with `None` lift the limit."""
    await _queries.set_model_cap(tx, slug=slug, cap=cap)


async def lock_lane(tx: Tx, *, name: str) -> None:
    """Take a lane's row until the transaction ends."""
    await _queries.lock_lane(tx, name=name)


async def lock_model(tx: Tx, *, slug: str) -> None:
    """Take a model's row until the transaction ends."""
    await _queries.lock_model(tx, slug=slug)


async def wake_workers(tx: Tx, *, lane: str) -> None:
    """Have the workers of a lane look for jobs as soon as this transaction commits."""
    await _queries.wake_workers(tx, lane=lane)


def _lane(row: Any) -> Lane:
    return Lane(
        name=row["name"],
        paused_at=row["paused_at"],
        cap=row["cap"],
        queued=row["queued"],
        backing_off=row["backing_off"],
        processing=row["processing"],
        workers=row["workers"],
        slots=row["slots"],
    )


def _model(row: Any) -> LaneModel:
    return LaneModel(
        slug=row["slug"],
        title=row["title"],
        lane=row["lane"],
        enabled=row["enabled"],
        cap=row["cap"],
        queued=row["queued"],
        backing_off=row["backing_off"],
        processing=row["processing"],
    )
