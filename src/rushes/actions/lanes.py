"""Pausing lanes, and limiting how many jobs of a lane or a model run at once."""

from typing import Any, TypedDict

from rushes.actions.admin import administering, record
from rushes.db import lanes
from rushes.db.pool import Database, Tx
from rushes.domain.audit import COMMAND_LINE, Actor, AuditAction, TargetType
from rushes.domain.catalogue import Lane, LaneModel, cap_problem
from rushes.errors import InvalidFields, Missing


class LaneChanges(TypedDict, total=False):
    """What becomes of a lane; what is left out stays. Without a cap, as many run as workers take."""

    paused: bool
    cap: int | None


async def pause(database: Database, *, name: str) -> Lane:
    """Have nothing more of a lane begin; what runs goes on, and a lane that is paused stays so.

    Raises:
        Missing: There is no such lane.
    """
    return await change_lane(database, COMMAND_LINE, name=name, changes={"paused": True})


async def resume(database: Database, *, name: str) -> Lane:
    """Have the jobs of a lane begin again, and wake its workers.

    Raises:
        Missing: There is no such lane.
    """
    return await change_lane(database, COMMAND_LINE, name=name, changes={"paused": False})


async def set_lane_cap(database: Database, *, name: str, cap: int | None) -> Lane:
    """Limit how many jobs of a lane run at once, all workers together; `None` lifts the limit.

    Raises:
        InvalidFields: The cap is below 1 or beyond reason.
        Missing: There is no such lane.
    """
    return await change_lane(database, COMMAND_LINE, name=name, changes={"cap": cap})


async def change_lane(database: Database, actor: Actor, *, name: str, changes: LaneChanges) -> Lane:
    """Pause or resume a lane, and set its cap; the audit log keeps what changed.

    What runs beyond a lower cap is not touched: nothing more begins until enough of it has ended.

    Raises:
        Denied: The actor is no administrator.
        InvalidFields: The cap is below 1 or beyond reason.
        Missing: There is no such lane.
    """
    _require_valid(changes.get("cap"))
    async with administering(database, actor) as tx:
        await lanes.lock_lane(tx, name=name)
        before = await _require_lane(tx, name)
        if "cap" in changes:
            await lanes.set_lane_cap(tx, name=name, cap=changes["cap"])
        if "paused" in changes:
            await (lanes.pause_lane if changes["paused"] else lanes.resume_lane)(tx, name=name)
        lane = await _require_lane(tx, name)
        target = (TargetType.LANE, name)
        await record(
            tx, actor, AuditAction.LANE_CHANGED, target=target, before=_kept(before), after=_kept(lane)
        )
        if lane.paused_at is None:
            await lanes.wake_workers(tx, lane=lane.name)
    return lane


async def set_model_cap(
    database: Database, *, slug: str, cap: int | None, actor: Actor = COMMAND_LINE
) -> LaneModel:
    """Limit how many jobs of a model run at once, as the cap of a lane does for the lane.

    Raises:
        Denied: The actor is no administrator.
        InvalidFields: The cap is below 1 or beyond reason.
        Missing: There is no such model.
    """
    _require_valid(cap)
    async with administering(database, actor) as tx:
        await lanes.lock_model(tx, slug=slug)
        before = await _require_model(tx, slug)
        await lanes.set_model_cap(tx, slug=slug, cap=cap)
        model = await _require_model(tx, slug)
        target = (TargetType.MODEL, slug)
        was, now = {"cap": before.cap}, {"cap": model.cap}
        await record(tx, actor, AuditAction.MODEL_CHANGED, target=target, before=was, after=now)
        await lanes.wake_workers(tx, lane=model.lane)
    return model


def _require_valid(cap: int | None) -> None:
    if problem := cap_problem(cap):
        raise InvalidFields(fields=(problem,))


def _kept(lane: Lane) -> dict[str, Any]:
    return {"paused": lane.paused_at is not None, "cap": lane.cap}


async def _require_lane(tx: Tx, name: str) -> Lane:
    lane = await lanes.get_lane(tx, name=name)
    if lane is None:
        known = ", ".join(known.name for known in await lanes.list_lanes(tx))
        raise Missing(f"There is no lane {name!r}. The lanes are: {known or 'none'}.")
    return lane


async def _require_model(tx: Tx, slug: str) -> LaneModel:
    model = await lanes.get_model(tx, slug=slug)
    if model is None:
        known = ", ".join(known.slug for known in await lanes.list_models(tx))
        raise Missing(f"There is no model {slug!r}. The models are: {known or 'none'}.")
    return model
