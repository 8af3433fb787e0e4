"""The page of lanes: what waits in each, and its switches."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from rushes.actions import lanes as actions
from rushes.db import lanes
from rushes.domain.catalogue import MAX_CAP
from rushes.errors import Missing
from rushes.web.api.admin.access import Administrator
from rushes.web.api.admin.lanes import LaneName
from rushes.web.deps import Wired
from rushes.web.pages.admin.access import Oversight, render_admin
from rushes.web.pages.admin.confirming import Question, ask
from rushes.web.pages.notices import Notice, redirect

router = APIRouter(prefix="/lanes")

_HERE = "/admin/lanes"
Cap = Annotated[int | None, Form(ge=1, le=MAX_CAP)]


@router.get("")
async def show(request: Request, visit: Oversight) -> Response:
    """Show all lanes."""
    found = await lanes.list_lanes(visit.tx)
    return await render_admin(request, visit, "lanes.html", tab=_HERE, lanes=found, max_cap=MAX_CAP)


@router.get("/{name}/pause")
async def ask_to_pause(name: LaneName, request: Request, visit: Oversight) -> Response:
    """Ask whether the lane should be paused."""
    lane = await lanes.get_lane(visit.tx, name=name)
    if lane is None:
        raise Missing("There is no such lane.")
    waiting = "1 queued job waits" if lane.queued == 1 else f"{lane.queued:,} queued jobs wait"
    question = Question(
        heading=f"Pause the lane “{name}”?",
        text=f"Nothing more of it begins until it is resumed: {waiting}, and the owners read why. What runs, "
        f"{lane.processing:,} now, goes on.",
        action=f"{_HERE}/{name}/pause",
        word="Pause",
        keep="Keep it open",
        back=_HERE,
    )
    return await ask(request, visit, question, tab=_HERE)


@router.post("/{name}/pause")
async def pause(name: LaneName, services: Wired, administrator: Administrator) -> Response:
    """Have nothing more of the lane begin."""
    await actions.change_lane(services.database, administrator, name=name, changes={"paused": True})
    return redirect(_HERE, Notice.LANE_PAUSED)


@router.post("/{name}/resume")
async def resume(name: LaneName, services: Wired, administrator: Administrator) -> Response:
    """Have the jobs of the lane begin again."""
    await actions.change_lane(services.database, administrator, name=name, changes={"paused": False})
    return redirect(_HERE, Notice.LANE_RESUMED)


@router.post("/{name}/cap")
async def set_cap(name: LaneName, services: Wired, administrator: Administrator, cap: Cap = None) -> Response:
    """Limit how many jobs of the lane run at once; an empty field lifts the limit."""
    await actions.change_lane(services.database, administrator, name=name, changes={"cap": cap})
    return redirect(_HERE, Notice.CAP_CHANGED)
