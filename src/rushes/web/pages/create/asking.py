"""What the form for a new job asks for, in the words of the API's requests."""

from dataclasses import replace
from hashlib import sha256
from typing import Any, get_args
from uuid import UUID

import orjson
from pydantic import ValidationError

from rushes.actions.repeating import Idempotency
from rushes.actions.submit import Submission
from rushes.db import catalogue
from rushes.db.pool import Tx
from rushes.domain.jobs import JobType
from rushes.domain.media import REQUIRED_INPUTS
from rushes.domain.options import MAX_SEED, JobOptions
from rushes.errors import FieldProblem, InvalidFields
from rushes.web.api.job_bodies import (
    AudioBody,
    BaseBody,
    ExtendBody,
    ImageBody,
    JobFields,
    RenderBody,
    SubtitlesBody,
    TextToVideoBody,
    UpscaleBody,
    read_body,
)
from rushes.web.errors import field_problems
from rushes.web.pages.create.form import COUNTS, pick_model, roles_of
from rushes.web.pages.create.option_fields import OFF, OptionField, fields_of, nested_options
from rushes.web.pages.create.received import Received, has_file

_BODIES: dict[JobType, type[JobFields]] = {
    get_args(body.model_fields["job_type"].annotation)[0]: body
    for body in (
        BaseBody,
        TextToVideoBody,
        ImageBody,
        RenderBody,
        ExtendBody,
        UpscaleBody,
        SubtitlesBody,
        AudioBody,
    )
}
_OPTIONAL = ("model", "quality", "orientation", "negative_prompt", "project_id", "parent_job_id")


async def read_fields(tx: Tx, received: Received) -> tuple[OptionField, ...]:
    """Return the fields that the form had for options, and note which checkboxes were left empty."""
    models = [one for one in await catalogue.list_models(tx) if received.job_type in one.job_types]
    model = pick_model(models, received.job_type, received.values.get("model"))
    fields = fields_of(received.job_type, model)
    for one in fields:
        if one.control == "checkbox":
            received.values.setdefault(one.name, OFF)
    return fields


def submissions_of(received: Received, fields: tuple[OptionField, ...]) -> list[Submission]:
    """Return the jobs that were asked for; with a seed, each has one of its own.

    Raises:
        InvalidFields: Something is wrong; all wrong fields are named.
    """
    problems = [*received.problems, *_missing_files(received)]
    try:
        body = _BODIES[received.job_type].model_validate(_document(received, fields))
    except ValidationError as error:
        raise InvalidFields(fields=(*problems, *field_problems(error.errors()))) from error
    if problems:
        raise InvalidFields(fields=tuple(problems))
    (submission,) = read_body(body)
    return [
        replace(submission, options=_with_seed(submission.options, number))
        for number in range(count_of(received))
    ]


def count_of(received: Received) -> int:
    """Return how many jobs are asked for."""
    wanted = received.values.get("count", "")
    return int(wanted) if wanted in COUNTS else 1


def idempotency_of(received: Received) -> Idempotency | None:
    """Return what makes a repeat the same request: the form's key, and what it says of which files."""
    key = received.values.get("key", "")
    if not _is_id(key):
        return None
    files = {str(role): asset.sha256 or str(asset.id) for role, asset in received.assets.items()}
    said = {name: value for name, value in received.values.items() if not name.startswith("inputs.")} | files
    fingerprint = sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()
    # Another form with this key is another request: somebody went back to it and changed it.
    return Idempotency(key=f"form-{key}-{fingerprint.hex()}", fingerprint=fingerprint)


def _missing_files(received: Received) -> list[FieldProblem]:
    required = REQUIRED_INPUTS.get(received.job_type, frozenset())
    return [
        FieldProblem(field=f"inputs.{role}", message="Choose a file.")
        for role in roles_of(received.job_type)
        if role in required and not has_file(received, role) and not received.values.get(f"inputs.{role}")
    ]


def _document(received: Received, fields: tuple[OptionField, ...]) -> dict[str, Any]:
    values = received.values
    return {
        "job_type": received.job_type,
        "inputs": _inputs(received),
        "options": nested_options(fields, values),
        "prompt": values.get("prompt") or None,
    } | {name: values[name] for name in _OPTIONAL if values.get(name)}


def _inputs(received: Received) -> dict[str, Any]:
    named = {str(role): received.values.get(f"inputs.{role}") for role in roles_of(received.job_type)}
    chosen = {str(role): asset.id for role, asset in received.assets.items() if str(role) in named}
    return {role: asset_id for role, asset_id in named.items() if asset_id} | chosen


def _with_seed(options: JobOptions, number: int) -> JobOptions:
    advanced = getattr(options, "advanced", None)
    if number == 0 or advanced is None or advanced.seed is None:
        return options
    seed = (advanced.seed + number) % (MAX_SEED + 1)
    return options.model_copy(update={"advanced": advanced.model_copy(update={"seed": seed})})


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
