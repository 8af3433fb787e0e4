"""What the form for a new job begins with: nothing, a job of the viewer's, files that he picked."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from rushes.db import jobs, media
from rushes.domain.jobs import Job, JobType
from rushes.domain.media import INPUT_TYPES, Asset, AssetRole, AssetStatus
from rushes.errors import Missing
from rushes.web.api.jobs import find_job
from rushes.web.deps import Visit
from rushes.web.pages.create.form import Filled, roles_of
from rushes.web.pages.create.option_fields import flat_values

_USABLE = frozenset({AssetStatus.CHECKING, AssetStatus.READY})
_CARRIED = ("prompt", "negative_prompt", "orientation", "quality", "model", "project_id")


class As(StrEnum):
    """What is to be made of a job."""

    REMIX = "remix"
    LAST_FRAME = "last_frame"
    EXTEND = "extend"
    UPSCALE = "upscale"
    SUBTITLES = "subtitles"
    AUDIO = "audio"


class CreateQuery(BaseModel):
    """What the address of the form says; a role names one of the viewer's files for it."""

    type: JobType | None = None
    from_: Annotated[UUID | None, Field(alias="from")] = None
    as_: Annotated[As, Field(alias="as")] = As.REMIX
    model: str | None = None
    reference: UUID | None = None
    motion: UUID | None = None
    mask: UUID | None = None
    template: UUID | None = None
    data: UUID | None = None
    audio: UUID | None = None
    subtitles: UUID | None = None

    def picked(self) -> dict[AssetRole, UUID]:
        """Return the files that are named, by their roles."""
        named = {role: getattr(self, role) for role in INPUT_TYPES}
        return {role: asset_id for role, asset_id in named.items() if asset_id is not None}

    def kept(self) -> dict[str, str]:
        """Return all that is said, as an address says it."""
        said = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        if self.from_ is None:
            del said["as"]
        return said


async def prefill(visit: Visit, query: CreateQuery) -> Filled:
    """Return what the form begins with.

    Raises:
        Missing: The viewer has no such job, or no such file.
    """
    if query.from_ is None:
        chosen = {} if query.model is None else {"model": query.model}
        begun = Filled(job_type=query.type or JobType.BASE, values=chosen)
    else:
        begun = await _of_job(visit, await find_job(visit, query.from_), query.as_)
    return _with_assets(begun, await _read_picked(visit, query))


async def read_parent(visit: Visit, text: str | None) -> Job | None:
    """Return the job that a form names as the one that it works on, if it is the viewer's."""
    try:
        job_id = UUID(text or "")
    except ValueError:
        return None
    return await jobs.get_job(visit.tx, job_id=job_id, user_id=visit.viewer.user_id)


async def _of_job(visit: Visit, job: Job, wanted: As) -> Filled:
    if wanted in {As.REMIX, As.LAST_FRAME}:
        return await _again(visit, job, takes_frame=wanted is As.LAST_FRAME)
    project = {} if job.project_id is None else {"project_id": str(job.project_id)}
    return Filled(job_type=JobType(wanted), values=project, parent=job)


async def _again(visit: Visit, job: Job, *, takes_frame: bool) -> Filled:
    """Take over what a job was made of; its last frame takes the place of its reference image."""
    job_type = job.job_type
    if takes_frame and AssetRole.REFERENCE not in roles_of(job_type):
        job_type = JobType.BASE
    files = (await media.list_job_assets(visit.tx, job_ids=[job.id]))[job.id]
    inputs = {
        role: files[role] for role in roles_of(job_type) if role in files and files[role].status in _USABLE
    }
    if takes_frame:
        inputs.pop(AssetRole.REFERENCE, None)
    carried = {name: str(value) for name in _CARRIED if (value := getattr(job, name)) is not None}
    return Filled(
        job_type=job_type,
        values=carried | (flat_values(job.options) if job_type is job.job_type else {}),
        assets=inputs,
        parent=await read_parent(visit, job.parent_job_id and str(job.parent_job_id)),
        frame_of=job if takes_frame else None,
    )


async def _read_picked(visit: Visit, query: CreateQuery) -> dict[AssetRole, Asset]:
    wanted = query.picked()
    found = await media.list_assets_among(visit.tx, asset_ids=wanted.values(), user_id=visit.viewer.user_id)
    if len(found) < len(set(wanted.values())):
        raise Missing("There is no such file.")
    return {role: found[asset_id] for role, asset_id in wanted.items()}


def _with_assets(begun: Filled, assets: Mapping[AssetRole, Asset]) -> Filled:
    return Filled(
        job_type=begun.job_type,
        values=begun.values,
        assets={**begun.assets, **assets},
        parent=begun.parent,
        frame_of=None if AssetRole.REFERENCE in assets else begun.frame_of,
    )
