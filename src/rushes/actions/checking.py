"""Checking what a person asks for, before anything is written: all that is wrong is named at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.actions.parents import Parent, find_parent
from rushes.db import belongings, catalogue, clock, media
from rushes.db.pool import Tx
from rushes.domain.accounts import DEFAULT_PRIORITY, User, best_priority
from rushes.domain.catalogue import Alias, Model
from rushes.domain.completeness import find_gaps
from rushes.domain.jobs import POST_TYPES, Destination, JobType, Orientation, Quality
from rushes.domain.media import IMAGE_SECONDS, INPUT_TYPES, Asset, AssetRole, AssetStatus, MediaLimits
from rushes.domain.options import (
    ExtendOptions,
    JobOptions,
    RenderOptions,
    Resolution,
    TextToVideoOptions,
)
from rushes.errors import FieldProblem

DEFAULT_MODEL = "motion"

LAST_YEAR = 9998
"""Later moments leave the calendar in some time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a person asks for; `inputs` names an asset for each role that the job type takes.

    What works on the output of another job names it: by `parent_job_id`, or, in a batch, by `after`, the
    index of an earlier job of the same batch. `model` is a slug or an alias of the catalogue.
    """

    job_type: JobType
    inputs: Mapping[AssetRole, UUID]
    options: JobOptions
    model: str = DEFAULT_MODEL
    quality: Quality | None = None
    format: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    orientation: Orientation | None = None
    priority: int = DEFAULT_PRIORITY
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    destination: Destination = Destination.LIBRARY
    project_id: UUID | None = None
    workspace_session_id: UUID | None = None
    group_id: UUID | None = None
    parent_job_id: UUID | None = None
    after: int | None = None
    auto_cancel_at: datetime | None = None
    project_name: str | None = None
    output_name: str | None = None
    render_config: Mapping[str, Any] | None = None
    original_prompt: str | None = None
    enhanced_prompt: str | None = None
    enhancement_strategy: str | None = None
    enhancement_time_ms: int | None = None
    compel_weights: Mapping[str, float] | None = None
    expansion_percentage: float | None = None
    template_name: str | None = None
    prompt_test_id: UUID | None = None
    test_metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A submission that can be written down; `price` is the most that it can cost, in credits.

    Its quality is that of the model's alias, and its options have the resolution that it is priced by.
    """

    submission: Submission
    model: Model
    inputs: Mapping[AssetRole, Asset]
    parent: Parent | None
    resolution: Resolution
    output_seconds: float
    price: int

    @property
    def makes_picture(self) -> bool:
        """Tell whether the output is a picture, so that only some job types can work on it."""
        job_type = self.submission.job_type
        of_picture = self.parent is not None and self.parent.is_picture
        return job_type is JobType.IMAGE or (job_type is JobType.UPSCALE and of_picture)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the submissions of a batch name: models by slug or alias, files of the viewer by id."""

    models: Mapping[str, tuple[Model, Alias | None]]
    assets: Mapping[UUID, Asset]


async def read_named(tx: Tx, user: User, batch: Sequence[Submission]) -> Named:
    """Read what the submissions of a batch name, as far as it is there."""
    asset_ids = {asset_id for one in batch for asset_id in one.inputs.values()}
    return Named(
        models=await catalogue.find_models(tx, names={one.model for one in batch}),
        assets=await media.list_assets_among(tx, asset_ids=asset_ids, user_id=user.id) if asset_ids else {},
    )


async def check(
    tx: Tx,
    user: User,
    submission: Submission,
    earlier: Sequence[Checked | None],
    *,
    named: Named,
    limits: MediaLimits,
) -> tuple[Checked | None, list[FieldProblem]]:
    """Check one submission; `earlier` are those before it in its batch, `None` for one that is wrong."""
    model, quality, problems = _find_model(named, submission)
    problems += _priority_problems(user, submission) + await _deadline_problems(tx, submission)
    problems += await _place_problems(tx, user, submission)
    inputs, wrong_inputs = _find_inputs(named, submission)
    parent, wrong_parent = await find_parent(
        tx,
        user,
        job_type=submission.job_type,
        parent_job_id=submission.parent_job_id,
        after=submission.after,
        earlier=[one and _as_parent(one) for one in earlier],
    )
    resolution, wrong_size = _find_resolution(submission, model, parent)
    problems += wrong_inputs + wrong_parent + wrong_size
    is_orphan = submission.job_type in POST_TYPES and parent is None
    if problems or model is None or is_orphan:
        return None, problems
    seconds = _output_seconds(submission, inputs, parent, limits)
    price = model.price.of(
        job_type=submission.job_type, quality=quality, resolution=resolution, seconds=seconds
    )
    options = submission.options.model_copy(update={"resolution": resolution})
    return Checked(
        submission=replace(submission, quality=quality, options=options),
        model=model,
        inputs=inputs,
        parent=parent,
        resolution=resolution,
        output_seconds=seconds,
        price=price,
    ), []


def input_problem(role: AssetRole, asset: Asset | None) -> FieldProblem | None:
    """Say why a file cannot be used in a role, if so; one that is still being checked can."""
    name = f"inputs.{role}"
    if asset is None or asset.status in {AssetStatus.UPLOADING, AssetStatus.DELETED}:
        return FieldProblem(field=name, message="There is no such asset.")
    if asset.status is AssetStatus.REJECTED:
        return FieldProblem(field=name, message=asset.error_message or "The file was refused.")
    if asset.media_type not in INPUT_TYPES[role]:
        accepted = ", ".join(INPUT_TYPES[role].values())
        return FieldProblem(field=name, message=f"This must be a file of one of these types: {accepted}.")
    return None


def _find_model(
    named: Named, submission: Submission
) -> tuple[Model | None, Quality | None, list[FieldProblem]]:
    """Return the model and the quality that are meant, and what is wrong with them."""
    model, alias = named.models.get(submission.model, (None, None))
    alias = alias or Alias(job_type=None, quality=None)
    quality = submission.quality or alias.quality
    fits_alias = alias.job_type in {None, submission.job_type}
    if model is None or not model.enabled or submission.job_type not in model.job_types or not fits_alias:
        message = f"There is no model {submission.model!r} for this job type."
        return None, quality, [FieldProblem(field="model", message=message)]
    if alias.quality not in {None, quality}:
        message = f"{submission.model!r} stands for the quality {alias.quality}."
        return model, quality, [FieldProblem(field="quality", message=message)]
    return model, quality, []


def _priority_problems(user: User, submission: Submission) -> list[FieldProblem]:
    if submission.priority >= best_priority(user):
        return []
    message = f"Priorities below {DEFAULT_PRIORITY} need the plan pro."
    return [FieldProblem(field="priority", message=message)]


async def _deadline_problems(tx: Tx, submission: Submission) -> list[FieldProblem]:
    deadline = submission.auto_cancel_at
    if deadline is None:
        return []
    if deadline.tzinfo is None:
        return [FieldProblem(field="auto_cancel_at", message="Give the time zone as well.")]
    if deadline.year > LAST_YEAR:
        return [FieldProblem(field="auto_cancel_at", message="This is too far away.")]
    if deadline.year == 1 or await clock.has_passed(tx, deadline):
        return [FieldProblem(field="auto_cancel_at", message="This time has passed.")]
    return []


async def _place_problems(tx: Tx, user: User, submission: Submission) -> list[FieldProblem]:
    """Say which of the places that the job is put into are not the viewer's."""
    wrong: list[str] = []
    if (project := submission.project_id) and not await belongings.hold_project(
        tx, project_id=project, user_id=user.id
    ):
        wrong.append("project_id")
    if (session := submission.workspace_session_id) and not await belongings.hold_session(
        tx, session_id=session, user_id=user.id
    ):
        wrong.append("workspace_session_id")
    if (group := submission.group_id) and not await belongings.hold_group(
        tx, group_id=group, user_id=user.id
    ):
        wrong.append("group_id")
    return [FieldProblem(field=name, message="There is no such thing of yours.") for name in wrong]


def _find_inputs(named: Named, submission: Submission) -> tuple[dict[AssetRole, Asset], list[FieldProblem]]:
    """Return the usable inputs by role, and what is wrong with the others."""
    problems = find_gaps(
        submission.job_type,
        prompt=submission.prompt,
        roles=submission.inputs.keys(),
        options=submission.options,
    )
    untaken = {problem.field for problem in problems}
    inputs: dict[AssetRole, Asset] = {}
    for role, asset_id in sorted(submission.inputs.items()):
        if f"inputs.{role}" in untaken:
            continue
        asset = named.assets.get(asset_id)
        if problem := input_problem(role, asset):
            problems.append(problem)
        elif asset is not None:
            inputs[role] = asset
    return inputs, problems


def _find_resolution(
    submission: Submission, model: Model | None, parent: Parent | None
) -> tuple[Resolution, list[FieldProblem]]:
    """Return the height class that the job is priced by; what works on a parent has that of its parent."""
    wanted = submission.options.resolution
    resolution = parent.resolution if parent is not None else wanted or Resolution.P480
    if wanted not in {None, resolution}:
        message = f"The output of the parent is {resolution}."
        return resolution, [FieldProblem(field="options.resolution", message=message)]
    if model is not None:
        tariff = model.price.by_type.get(submission.job_type, model.price.tariff)
        if resolution not in tariff.per_second:
            message = f"The model {model.slug!r} does not make {resolution}."
            return resolution, [FieldProblem(field="options.resolution", message=message)]
    return resolution, []


def _as_parent(one: Checked) -> Parent:
    return Parent(
        job_id=None,
        output_seconds=one.output_seconds,
        resolution=one.resolution,
        is_picture=one.makes_picture,
        awaited=True,
    )


def _output_seconds(
    submission: Submission, inputs: Mapping[AssetRole, Asset], parent: Parent | None, limits: MediaLimits
) -> float:
    match submission.options:
        case TextToVideoOptions(seconds=seconds) | RenderOptions(seconds=seconds):
            return seconds
        case ExtendOptions(seconds=seconds) if parent is not None:
            return parent.output_seconds + seconds
        case _ if parent is not None:
            return parent.output_seconds
        case _:
            motion = inputs.get(AssetRole.MOTION)
            if motion is None:
                return IMAGE_SECONDS
            # While a file is unmeasured it may be as long as is allowed; the difference returns at capture.
            return limits.duration_seconds if motion.probe is None else motion.probe.duration_seconds or 0.0
