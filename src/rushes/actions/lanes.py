"""Pausing lanes, and limiting how many jobs of a lane or a model run at once."""

from rushes.db import lanes
from rushes.db.pool import Database, Tx
from rushes.domain.catalogue import Lane, LaneModel, cap_problem
from rushes.errors import InvalidFields, Missing


async def pause(database: Database, *, name: str) -> Lane:
    """Have nothing more of a lane begin; what runs goes on, and a lane that is paused stays so.

    Raises:
        Missing: There is no such lane.
    """
    async with database.transaction() as tx:
        await lanes.pause_lane(tx, name=name)
        return await _require_lane(tx, name)


async def resume(database: Database, *, name: str) -> Lane:
    """Have the jobs of a lane begin again, and wake its workers.

    Raises:
        Missing: There is no such lane.
    """
    async with database.transaction() as tx:
        await lanes.resume_lane(tx, name=name)
        lane = await _require_lane(tx, name)
        await lanes.wake_workers(tx, lane=lane.name)
    return lane


async def set_lane_cap(database: Database, *, name: str, cap: int | None) -> Lane:
    """Limit how many jobs of a lane run at once, all workers together; `None` lifts the limit.

    What runs beyond a lower cap is not touched: nothing more begins until enough of it has ended.

    Raises:
        InvalidFields: The cap is below 1 or beyond reason.
        Missing: There is no such lane.
    """
    _require_valid(cap)
    async with database.transaction() as tx:
        await lanes.set_lane_cap(tx, name=name, cap=cap)
        lane = await _require_lane(tx, name)
        await lanes.wake_workers(tx, lane=lane.name)
    return lane


async def set_model_cap(database: Database, *, slug: str, cap: int | None) -> LaneModel:
    """Limit how many jobs of a model run at once, as `set_lane_cap` does for a lane.

    Raises:
        InvalidFields: The cap is below 1 or beyond reason.
        Missing: There is no such model.
    """
    _require_valid(cap)
    async with database.transaction() as tx:
        await lanes.set_model_cap(tx, slug=slug, cap=cap)
        model = await lanes.get_model(tx, slug=slug)
        if model is None:
            known = ", ".join(known.slug for known in await lanes.list_models(tx))
            raise Missing(f"There is no model {slug!r}. The models are: {known or 'none'}.")
        await lanes.wake_workers(tx, lane=model.lane)
    return model


def _require_valid(cap: int | None) -> None:
    if problem := cap_problem(cap):
        raise InvalidFields(fields=(problem,))


async def _require_lane(tx: Tx, name: str) -> Lane:
    lane = await lanes.get_lane(tx, name=name)
    if lane is None:
        known = ", ".join(known.name for known in await lanes.list_lanes(tx))
        raise Missing(f"There is no lane {name!r}. The lanes are: {known or 'none'}.")
    return lane
