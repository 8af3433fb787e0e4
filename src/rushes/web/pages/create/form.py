"""The form for a new job as its page shows it: every decision made, so that the template has none to make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import Request
from starlette.responses import Response

from rushes.db import catalogue, media, projects, speeds
from rushes.db.job_search import JobFilter
from rushes.domain.catalogue import Model
from rushes.domain.completeness import PROMPTED
from rushes.domain.jobs import POST_TYPES, Job, JobStatus, JobType, Orientation, Quality
from rushes.domain.media import OPTIONAL_INPUTS, REQUIRED_INPUTS, Asset, AssetRole, MediaLimits
from rushes.domain.options import Resolution
from rushes.web.api.cursors import START
from rushes.web.api.job_bodies import DEFAULT_MODELS
from rushes.web.api.jobs import find_page
from rushes.web.deps import Visit
from rushes.web.pages.cards.card import heading_of
from rushes.web.pages.create.files import Chosen, Zone
from rushes.web.pages.create.kinds import KINDS, SLOTS
from rushes.web.pages.create.option_fields import OptionField, fields_of
from rushes.web.pages.shell import render_shell
from rushes.web.services import Services

MOST_PROJECTS = 100
"""So many of somebody's projects are offered, the newest."""

COUNTS = ("1", "3")
"""How many jobs the form can ask for at once."""

_MOST_PARENTS = 12
_ORIENTED = frozenset({JobType.TEXT_TO_VIDEO, JobType.IMAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the form is filled with, and what was wrong with it.

    `values` are its texts by the names of their fields; `frame_of` is the job whose last frame takes the
    place of a reference image.
    """

    job_type: JobType
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    assets: Mapping[AssetRole, Asset] = field(default_factory=dict[AssetRole, Asset])
    parent: Job | None = None
    frame_of: Job | None = None
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A link to the form of a job type."""

    word: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A model that can be chosen: what it costs, and how long it takes as far as that is known."""

    slug: str
    title: str
    description: str
    price: str
    speed: str | None
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A job whose output the new one works on, or begins with."""

    heading: str
    href: str
    picture: str | None


async def render_form(
    request: Request,
    visit: Visit,
    services: Services,
    filled: Filled,
    *,
    status: int = 200,
    made: Sequence[Job] = (),
) -> Response:
    """Return the page, with the form as it is filled in; `made` are jobs that it has just led to."""
    served = await catalogue.list_models(visit.tx)
    models = [model for model in served if filled.job_type in model.job_types]
    model = pick_model(models, filled.job_type, filled.values.get("model"))
    kind, values = KINDS[filled.job_type], filled.values
    fields = fields_of(filled.job_type, model)
    works_on = filled.job_type in POST_TYPES
    return await render_shell(
        request,
        visit,
        "create.html",
        here="/create",
        status=status,
        kind=kind,
        filled=filled,
        tabs=_tabs(served, filled.job_type),
        models=[await _offered(visit, one, filled, is_current=one is model) for one in models],
        zones=_zones(filled, services.limits),
        **_option_parts(filled, fields),
        orientations=list(Orientation) if filled.job_type in _ORIENTED else [],
        qualities=list(Quality) if model is not None and model.price.quality_percent else [],
        takes_negative=filled.job_type in PROMPTED,
        needs_prompt=filled.job_type in PROMPTED,
        projects=await _projects(visit),
        counts=COUNTS,
        source=await _source(visit, filled.parent or filled.frame_of),
        parents=await _parents(visit, filled.job_type) if works_on and filled.parent is None else None,
        key=(values.get("key") if not made else None) or uuid4(),
        made=made,
    )


def pick_model(models: Sequence[Model], job_type: JobType, wanted: str | None) -> Model | None:
    """Return the wanted one of the models that serve a job type, or else the usual one, or any."""
    by_slug = {model.slug: model for model in models}
    found = by_slug.get(wanted or "") or by_slug.get(DEFAULT_MODELS[job_type])
    return found or next(iter(models), None)


def roles_of(job_type: JobType) -> list[AssetRole]:
    """Return the roles of the files that a job type takes, in the order of the form."""
    taken = REQUIRED_INPUTS.get(job_type, frozenset()) | OPTIONAL_INPUTS.get(job_type, frozenset())
    return [role for role in SLOTS if role in taken]


def shown_fields(job_type: JobType, fields: Sequence[OptionField]) -> set[str]:
    """Return the names of the fields that the form of a job type has."""
    files = {f"inputs.{role}" for role in roles_of(job_type)}
    words = {"prompt", "negative_prompt"} if job_type in PROMPTED else {"prompt"}
    return files | words | {one.name for one in fields} | {"orientation", "quality", "project_id", "count"}


def _option_parts(filled: Filled, fields: Sequence[OptionField]) -> dict[str, Any]:
    folded = [one for one in fields if one.is_folded]
    return {
        "plain": [one for one in fields if not one.is_folded],
        "folded": folded,
        "is_unfolded": bool(filled.problems.keys() & {"negative_prompt", *(one.name for one in folded)}),
        "values": {one.name: filled.values.get(one.name, one.default) for one in fields},
    }


def _tabs(served: Sequence[Model], current: JobType) -> list[Tab]:
    offered = {job_type for model in served for job_type in model.job_types} | {JobType.BASE, current}
    return [
        Tab(word=kind.word, href=f"/create?{urlencode({'type': job_type})}", is_current=job_type is current)
        for job_type, kind in KINDS.items()
        if job_type in offered
    ]


async def _offered(visit: Visit, model: Model, filled: Filled, *, is_current: bool) -> Offered:
    tariff = model.price.by_type.get(filled.job_type, model.price.tariff)
    prices = " · ".join(f"{price} at {name}" for name, price in tariff.per_second.items())
    resolution = filled.values.get("options.resolution") or Resolution.P480
    speed = await speeds.find_speed(
        visit.tx, model=model.slug, job_type=filled.job_type, resolution=resolution
    )
    return Offered(
        slug=model.slug,
        title=model.title,
        description=model.description,
        price=f"Credits per second: {prices}",
        speed=None if speed is None else f"about {speed.median:.2g} s of work for each second",
        is_current=is_current,
    )


def _zones(filled: Filled, limits: MediaLimits) -> list[Zone]:
    roles = roles_of(filled.job_type)
    chosen = {role: Chosen.of(filled.assets[role]) for role in roles if role in filled.assets}
    kept = {str(role): str(one.asset_id) for role, one in chosen.items()}
    context = {"type": str(filled.job_type)}
    if filled.parent is not None:
        context |= {"from": str(filled.parent.id), "as": str(filled.job_type)}
    return [
        Zone.of(
            role,
            limits,
            chosen=chosen.get(role),
            is_required=role in REQUIRED_INPUTS.get(filled.job_type, frozenset()),
            pick="/create/pick?" + urlencode(kept | context | {"role": str(role)}),
        )
        for role in roles
    ]


async def _projects(visit: Visit) -> list[tuple[str, str]]:
    found = await projects.list_projects(
        visit.tx,
        user_id=visit.viewer.user_id,
        before_time=START.time,
        before_id=START.id,
        count=MOST_PROJECTS,
    )
    return [(str(one.id), one.name) for one in found]


async def _source(visit: Visit, job: Job | None) -> Source | None:
    if job is None:
        return None
    (source,) = await _sources(visit, [job])
    return source


async def _parents(visit: Visit, job_type: JobType) -> list[Source]:
    wanted = JobFilter(statuses=frozenset({JobStatus.COMPLETED}))
    page, _ = await find_page(visit, wanted, limit=_MOST_PARENTS, cursor=None)
    return await _sources(visit, page, then=job_type)


async def _sources(visit: Visit, among: Sequence[Job], *, then: JobType | None = None) -> list[Source]:
    files = await media.list_job_assets(visit.tx, job_ids=[job.id for job in among])
    return [
        Source(
            heading=heading_of(job, files[job.id]),
            href=f"/jobs/{job.id}" if then is None else f"/create?{urlencode({'from': job.id, 'as': then})}",
            picture=f"/jobs/{job.id}/media/{AssetRole.POSTER}" if AssetRole.POSTER in files[job.id] else None,
        )
        for job in among
    ]
