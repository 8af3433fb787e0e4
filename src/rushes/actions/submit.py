"""Submitting a job: check everything, hold its price, write it down, let it in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.actions.admission import admit
from rushes.db import accounts, catalogue, jobs, ledger, media
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Plan, Role, User, Viewer
from rushes.domain.catalogue import Model
from rushes.domain.ids import HoldId, JobId
from rushes.domain.jobs import Job, JobType, NewJob
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
from rushes.errors import FieldProblem, InsufficientCredits, InvalidFields, Missing, Unauthenticated

DEFAULT_MODEL = "motion"
DEFAULT_PRIORITY = 5
"""1 comes first, 10 last; what comes before this one is for the plan pro and for admins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a person asks for; `inputs` names an asset for each role that the job type takes."""

    job_type: JobType
    inputs: Mapping[AssetRole, UUID]
    options: BaseOptions
    model: str = DEFAULT_MODEL
    prompt: str | None = None
    priority: int = DEFAULT_PRIORITY
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    model: Model
    inputs: Mapping[AssetRole, Asset]
    price: int


async def submit(database: Database, viewer: Viewer, submission: Submission, *, limits: MediaLimits) -> Job:
    """Write a job down with its hold, in one transaction.

    Raises:
        InvalidFields: The model, an input or the priority cannot be used; all wrong ones are named.
        InsufficientCredits: The balance does not cover the price.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await accounts.lock_user(tx, user_id=viewer.user_id)
        if user is None:
            raise Unauthenticated
        checked = await _check(tx, user, submission, limits)
        job = await _write(tx, user, submission, checked)
        await admit(tx, user)
        admitted = await jobs.get_job(tx, job_id=job.id, user_id=user.id)
    if admitted is None:
        raise Missing
    return admitted


async def list_problems(
    database: Database, viewer: Viewer, submission: Submission, *, limits: MediaLimits
) -> tuple[FieldProblem, ...]:
    """Return what `submit` would find wrong, without submitting."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await accounts.get_user(tx, user_id=viewer.user_id)
        if user is None:
            raise Unauthenticated
        try:
            await _check(tx, user, submission, limits)
        except InvalidFields as error:
            return error.fields
    return ()


async def _write(tx: Tx, user: User, submission: Submission, checked: _Checked) -> Job:
    if user.credits < checked.price:
        raise InsufficientCredits(needed=checked.price, available=user.credits)
    job_id, hold_id = JobId(uuid7()), HoldId(uuid7())
    await ledger.add_hold(tx, hold_id=hold_id, user_id=user.id, amount=checked.price, reason=f"job {job_id}")
    new = NewJob(
        id=job_id,
        user_id=user.id,
        parent_job_id=None,
        job_type=submission.job_type,
        model=checked.model.slug,
        lane=checked.model.lane,
        priority=submission.priority,
        prompt=submission.prompt,
        options=submission.options.model_dump(mode="json"),
        metadata=submission.metadata,
        max_attempts=checked.model.max_attempts,
        price=checked.price,
        hold_id=hold_id,
        # No engine draws a watermark yet, and a job must not claim one that it does not have.
        watermark_applied=False,
    )
    job = await jobs.insert_job(tx, new)
    for role, asset in checked.inputs.items():
        await jobs.insert_input(tx, job_id=job_id, role=role, asset_id=asset.id)
    return job


async def _check(tx: Tx, user: User, submission: Submission, limits: MediaLimits) -> _Checked:
    problems: list[FieldProblem] = []
    model = await catalogue.get_model(tx, slug=submission.model)
    if model is None or not model.enabled or submission.job_type not in model.job_types:
        problems.append(
            FieldProblem(field="model", message=f"There is no model {submission.model!r} for this job type.")
        )
    hurries = submission.priority < DEFAULT_PRIORITY
    if hurries and user.plan is not Plan.PRO and user.role is not Role.ADMIN:
        message = f"Priorities below {DEFAULT_PRIORITY} need the plan pro."
        problems.append(FieldProblem(field="priority", message=message))
    inputs, wrong_inputs = await _find_inputs(tx, user, submission)
    problems += wrong_inputs
    if problems or model is None:
        raise InvalidFields(fields=tuple(problems))
    return _Checked(model=model, inputs=inputs, price=_highest_price(model, submission, inputs, limits))


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
            if problem := _input_problem(role, asset):
                problems.append(problem)
            elif asset is not None:
                inputs[role] = asset
    return inputs, problems


def _input_problem(role: AssetRole, asset: Asset | None) -> FieldProblem | None:
    name = f"inputs.{role}"
    if asset is None or asset.status in {AssetStatus.UPLOADING, AssetStatus.DELETED}:
        return FieldProblem(field=name, message="There is no such asset.")
    if asset.status is AssetStatus.REJECTED:
        return FieldProblem(field=name, message=asset.error_message or "The file was refused.")
    if kind_of(asset.media_type) is not INPUT_KINDS[role]:
        return FieldProblem(field=name, message=f"This must be of the kind {INPUT_KINDS[role]}.")
    return None


def _highest_price(
    model: Model, submission: Submission, inputs: Mapping[AssetRole, Asset], limits: MediaLimits
) -> int:
    motion = inputs.get(AssetRole.MOTION)
    probe = motion and motion.probe
    # While a file is unmeasured it may be as long as is allowed; the difference returns at capture.
    seconds = limits.duration_seconds if probe is None else probe.duration_seconds or 0.0
    return model.price.of(resolution=submission.options.resolution, seconds=seconds)
