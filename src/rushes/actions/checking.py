"""Checking what a person asks for, before anything is written: all that is wrong is named at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rushes.db import catalogue, jobs, media
from rushes.db.pool import Tx
from rushes.domain.accounts import Plan, Role, User
from rushes.domain.catalogue import Model
from rushes.domain.ids import JobId
from rushes.domain.jobs import POST_TYPES, JobStatus, JobType, Quality, is_final
from rushes.domain.media import (
    INPUT_KINDS,
    REQUIRED_INPUTS,
    Asset,
    AssetRole,
    AssetStatus,
    MediaLimits,
    kind_of,
)
from rushes.domain.options import BaseOptions
from rushes.errors import FieldProblem

DEFAULT_MODEL = "motion"
DEFAULT_PRIORITY = 5
"""1 comes first, 10 last; what comes before this one is for the plan pro and for admins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a person asks for; `inputs` names an asset for each role that the job type takes.

    What works on the output of another job names it: by `parent_job_id`, or, in a batch, by `after`, the
    index of an earlier job of the same batch.
    """

    job_type: JobType
    inputs: Mapping[AssetRole, UUID]
    options: BaseOptions
    model: str = DEFAULT_MODEL
    quality: Quality | None = None
    prompt: str | None = None
    priority: int = DEFAULT_PRIORITY
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parent_job_id: UUID | None = None
    after: int | None = None
    auto_cancel_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What a job waits for: an existing job, or an earlier one of the same batch."""

    job_id: JobId | None
    output_seconds: float
    awaited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A submission that can be written down; `price` is the most that it can cost, in credits."""

    submission: Submission
    model: Model
    inputs: Mapping[AssetRole, Asset]
    parent: Parent | None
    output_seconds: float
    price: int


async def check(
    tx: Tx, user: User, submission: Submission, earlier: Sequence[Checked | None], *, limits: MediaLimits
) -> tuple[Checked | None, list[FieldProblem]]:
    """Check one submission; `earlier` are those before it in its batch, `None` for one that is wrong."""
    model = await catalogue.get_model(tx, slug=submission.model)
    problems = [*_model_problems(model, submission), *_wish_problems(user, submission)]
    inputs, wrong_inputs = await _find_inputs(tx, user, submission)
    parent, wrong_parent = await _find_parent(tx, user, submission, earlier)
    problems += wrong_inputs + wrong_parent
    if problems or model is None:
        return None, problems
    seconds = _output_seconds(inputs, parent, limits)
    price = model.price.of(
        job_type=submission.job_type,
        quality=submission.quality,
        resolution=submission.options.resolution,
        seconds=seconds,
    )
    return Checked(
        submission=submission, model=model, inputs=inputs, parent=parent, output_seconds=seconds, price=price
    ), []


def input_problem(role: AssetRole, asset: Asset | None) -> FieldProblem | None:
    """Say why a file cannot be used in a role, if so; one that is still being checked can."""
    name = f"inputs.{role}"
    if asset is None or asset.status in {AssetStatus.UPLOADING, AssetStatus.DELETED}:
        return FieldProblem(field=name, message="There is no such asset.")
    if asset.status is AssetStatus.REJECTED:
        return FieldProblem(field=name, message=asset.error_message or "The file was refused.")
    if kind_of(asset.media_type) is not INPUT_KINDS[role]:
        return FieldProblem(field=name, message=f"This must be of the kind {INPUT_KINDS[role]}.")
    return None


def _model_problems(model: Model | None, submission: Submission) -> list[FieldProblem]:
    if model is not None and model.enabled and submission.job_type in model.job_types:
        return []
    message = f"There is no model {submission.model!r} for this job type."
    return [FieldProblem(field="model", message=message)]


def _wish_problems(user: User, submission: Submission) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    hurries = submission.priority < DEFAULT_PRIORITY
    if hurries and user.plan is not Plan.PRO and user.role is not Role.ADMIN:
        message = f"Priorities below {DEFAULT_PRIORITY} need the plan pro."
        problems.append(FieldProblem(field="priority", message=message))
    deadline = submission.auto_cancel_at
    if deadline is not None and deadline.tzinfo is None:
        problems.append(FieldProblem(field="auto_cancel_at", message="Give the time zone as well."))
    elif deadline is not None and deadline <= datetime.now(UTC):
        problems.append(FieldProblem(field="auto_cancel_at", message="This time has passed."))
    return problems


async def _find_inputs(
    tx: Tx, user: User, submission: Submission
) -> tuple[dict[AssetRole, Asset], list[FieldProblem]]:
    """Return the usable inputs by role, and what is wrong with the others."""
    required = REQUIRED_INPUTS.get(submission.job_type, frozenset())
    inputs: dict[AssetRole, Asset] = {}
    problems: list[FieldProblem] = []
    for role in sorted(required | submission.inputs.keys()):
        if role not in submission.inputs:
            problems.append(FieldProblem(field=f"inputs.{role}", message="This input is required."))
        elif role not in required:
            problems.append(FieldProblem(field=f"inputs.{role}", message="This job type does not take it."))
        else:
            asset = await media.get_asset(tx, asset_id=submission.inputs[role], user_id=user.id)
            if problem := input_problem(role, asset):
                problems.append(problem)
            elif asset is not None:
                inputs[role] = asset
    return inputs, problems


async def _find_parent(
    tx: Tx, user: User, submission: Submission, earlier: Sequence[Checked | None]
) -> tuple[Parent | None, list[FieldProblem]]:
    named = submission.parent_job_id is not None or submission.after is not None
    if submission.job_type not in POST_TYPES:
        message = "This job type works on files, not on the output of a job."
        return None, [FieldProblem(field="parent_job_id", message=message)] if named else []
    if submission.after is not None:
        return _find_earlier(submission.after, earlier)
    if submission.parent_job_id is None:
        message = "This job type works on the output of a job; name it."
        return None, [FieldProblem(field="parent_job_id", message=message)]
    found = await jobs.get_job(tx, job_id=submission.parent_job_id, user_id=user.id)
    if found is None:
        return None, [FieldProblem(field="parent_job_id", message="There is no such job.")]
    if is_final(found.status) and found.status is not JobStatus.COMPLETED:
        return None, [FieldProblem(field="parent_job_id", message=f"The job is {found.status}.")]
    awaited = found.status is not JobStatus.COMPLETED
    return Parent(job_id=found.id, output_seconds=found.output_seconds, awaited=awaited), []


def _find_earlier(index: int, earlier: Sequence[Checked | None]) -> tuple[Parent | None, list[FieldProblem]]:
    if not 0 <= index < len(earlier):
        message = "Name an earlier job of the batch, counted from 0."
        return None, [FieldProblem(field="after", message=message)]
    parent = earlier[index]
    # What is wrong with the earlier job is said there.
    seconds = 0.0 if parent is None else parent.output_seconds
    return Parent(job_id=None, output_seconds=seconds, awaited=True), []


def _output_seconds(inputs: Mapping[AssetRole, Asset], parent: Parent | None, limits: MediaLimits) -> float:
    if parent is not None:
        return parent.output_seconds
    motion = inputs.get(AssetRole.MOTION)
    if motion is None:
        return 1.0
    # While a file is unmeasured it may be as long as is allowed; the difference returns at capture.
    return limits.duration_seconds if motion.probe is None else motion.probe.duration_seconds or 0.0
