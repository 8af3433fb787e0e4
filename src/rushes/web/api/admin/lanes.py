"""Lanes: what waits and runs in each, and the switches of an operator."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from rushes.actions import lanes as actions
from rushes.actions.lanes import LaneChanges
from rushes.db import lanes
from rushes.domain.catalogue import MAX_CAP, Lane
from rushes.web.api.admin.access import Administrator, Overview
from rushes.web.api.wording import Ask
from rushes.web.deps import Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/lanes", tags=["admin"])

LaneName = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="Of the lane.", examples=["cpu"])
]


class LaneDocument(BaseModel):
    """A lane as it stands now."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    paused_at: Annotated[datetime | None, Field(description="Since when nothing more of it begins.")]
    cap: Annotated[
        int | None, Field(description="How many of its jobs run at once at the most; null: no cap.")
    ]
    queued: Annotated[int, Field(description="Jobs that could begin now.")]
    backing_off: Annotated[int, Field(description="Jobs that rest before their next try.")]
    processing: Annotated[int, Field(description="Jobs that run.")]
    workers: Annotated[int, Field(description="Live workers that serve it and take jobs.")]
    slots: Annotated[int, Field(description="Their slots; they may serve other lanes with them too.")]

    @classmethod
    def of(cls, lane: Lane) -> Self:
        """Show a lane to an administrator."""
        return cls.model_validate(lane)


class LaneList(BaseModel):
    """All lanes, by name."""

    lanes: list[LaneDocument]


class LaneBody(Ask):
    """What becomes of a lane; what is left out stays as it is."""

    # The default is never read; made by a factory, it is not documented as what an absent field means.
    paused: Annotated[
        StrictBool,
        Field(default_factory=bool, description="Whether nothing more of it begins; what runs goes on."),
    ]
    cap: Annotated[
        int | None, Field(ge=1, le=MAX_CAP, description="How many may run at once; null for no cap.")
    ] = None

    @model_validator(mode="after")
    def _require_any(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self

    def changes(self) -> LaneChanges:
        """Return what the action takes."""
        changes = LaneChanges()
        if "paused" in self.model_fields_set:
            changes["paused"] = self.paused
        if "cap" in self.model_fields_set:
            changes["cap"] = self.cap
        return changes


@router.get("", responses=documented(401, 403))
async def list_lanes(tx: Overview) -> LaneList:
    """Return all lanes with what waits, runs and serves."""
    return LaneList(lanes=[LaneDocument.of(lane) for lane in await lanes.list_lanes(tx)])


@router.patch("/{name}", responses=documented(401, 403, 404))
async def change_lane(
    name: LaneName, body: LaneBody, services: Wired, administrator: Administrator
) -> LaneDocument:
    """Pause or resume a lane, or set its cap; its workers hear of it at once."""
    lane = await actions.change_lane(services.database, administrator, name=name, changes=body.changes())
    return LaneDocument.of(lane)
