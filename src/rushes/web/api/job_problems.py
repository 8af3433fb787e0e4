"""What is wrong with a body that asks for jobs, named as its sender wrote it."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ConfigDict, TypeAdapter, ValidationError

from rushes.actions.submit import Submission, quote
from rushes.domain.accounts import DEFAULT_PRIORITY
from rushes.domain.jobs import POST_TYPES, JobType, Quality
from rushes.domain.media import OPTIONAL_INPUTS, REQUIRED_INPUTS
from rushes.domain.options import OPTIONS
from rushes.errors import FieldProblem, InvalidFields
from rushes.web.api.job_bodies import DEFAULT_MODELS, JobFields, Priority, Slug
from rushes.web.api.wording import Prompt, Time
from rushes.web.errors import field_problems

_TAGS = frozenset(JobType) | {"job", "batch"}
_NO_TAG = frozenset({"union_tag_not_found", "union_tag_invalid"})
_SOURCES = frozenset({"inputs.subtitles", "inputs.audio", "inputs.template"})
"""Inputs that an option may stand for."""


class NamesEveryProblem(APIRoute):
    """A route whose refusal of a malformed job also names what the database would refuse."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler; the viewer was found before the body was judged."""
        handler = super().get_route_handler()

        async def named(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                known = _known_problems(error.errors())
                found = await _found_problems(request, error.body)
                raise InvalidFields(fields=(*known, *_beyond(known, found))) from error

        return named


class _AnyJob(JobFields):
    """What is common to all jobs, where it is not known which type is meant."""

    model_config = ConfigDict(extra="ignore")


def _known_problems(errors: Iterable[Any]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for error in errors:
        place, *path = error["loc"]
        if place != "body":
            problems += field_problems([error])
        elif error["type"] in _NO_TAG:
            message = f"Use one of {', '.join(JobType)}."
            problems.append(FieldProblem(field=_dotted([*path, "job_type"]), message=message))
        else:
            problems.append(FieldProblem(field=_dotted(path) or "body", message=error["msg"]))
    return problems


def _dotted(path: Sequence[str | int]) -> str:
    """Return a path as its sender wrote it: without the names of the types that the body was tried as."""
    kept: list[str] = []
    for part in path:
        # Such a name follows the body itself or the index of a job, and is nowhere else a field there.
        is_tag = part in _TAGS and (not kept or kept[-1].isdigit())
        if not is_tag:
            kept.append(str(part))
    return ".".join(kept)


async def _found_problems(request: Request, body: Any) -> list[FieldProblem]:
    """Return what the rest of the system would refuse in the parts of a body that are well-formed."""
    viewer, services = getattr(request.state, "viewer", None), request.app.state.services
    if viewer is None or not isinstance(body, dict):
        return []
    named = cast("Mapping[str, Any]", body)
    is_batch = "jobs" in named
    listed = named["jobs"] if is_batch else [named]
    jobs = cast("list[Any]", listed) if isinstance(listed, list) else []
    usable = [_usable(job) for job in jobs]
    untyped = [
        problem
        for index, job in enumerate(jobs)
        for problem in _common_problems(job, prefix=f"jobs.{index}." if is_batch else "")
        if usable[index] is None
    ]
    wanted = [one for one in usable if one is not None]
    if not wanted or len(wanted) < len(usable):
        return untyped
    found = await quote(services.database, viewer, wanted, limits=services.limits, is_batch=is_batch)
    return [*untyped, *found.problems]


def _common_problems(job: Any, *, prefix: str) -> list[FieldProblem]:
    try:
        _AnyJob.model_validate(job)
    except ValidationError as error:
        return [
            FieldProblem(field=prefix + _dotted(each["loc"]), message=each["msg"])
            for each in error.errors()
            if each["loc"]
        ]
    return []


def _beyond(known: Sequence[FieldProblem], found: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Return what was found in fields that are not known to be malformed themselves."""
    malformed = tuple(f"{one.field}." for one in known)
    return [
        one
        for one in found
        if not f"{one.field}.".startswith(malformed) and not _may_be_given(one.field, malformed)
    ]


def _may_be_given(field: str, malformed: Sequence[str]) -> bool:
    """Tell whether a file is missed only because the options that stand for it are malformed."""
    prefix, _, name = field.rpartition("inputs.")
    return f"inputs.{name}" in _SOURCES and any(one.startswith(f"{prefix}options.") for one in malformed)


def _usable(job: Any) -> Submission | None:
    """Return a submission of what is well-formed, with defaults for the rest; `None` without a type."""
    body = cast("Mapping[str, Any]", job if isinstance(job, dict) else {})
    job_type: JobType | None = _parsed(JobType, body.get("job_type"))
    if job_type is None:
        return None
    named = body.get("inputs")
    ids = cast("Mapping[str, Any]", named if isinstance(named, dict) else {})
    taken = REQUIRED_INPUTS.get(job_type, frozenset()) | OPTIONAL_INPUTS.get(job_type, frozenset())
    inputs = {role: _parsed(UUID, ids.get(role)) for role in taken}
    kind = OPTIONS[job_type]
    return Submission(
        job_type=job_type,
        inputs={role: asset_id for role, asset_id in inputs.items() if asset_id is not None},
        options=_parsed(kind, body.get("options")) or kind(),
        model=_parsed(Slug, body.get("model")) or DEFAULT_MODELS[job_type],
        quality=_parsed(Quality, body.get("quality")),
        priority=_parsed(Priority, body.get("priority")) or DEFAULT_PRIORITY,
        prompt=_parsed(Prompt, body.get("prompt")),
        project_id=_parsed(UUID, body.get("project_id")),
        workspace_session_id=_parsed(UUID, body.get("workspace_session_id", body.get("session_id"))),
        group_id=_parsed(UUID, body.get("group_id")),
        parent_job_id=_parsed(UUID, body.get("parent_job_id")) if job_type in POST_TYPES else None,
        after=_parsed(int, body.get("after")) if job_type in POST_TYPES else None,
        auto_cancel_at=_parsed(Time, body.get("auto_cancel_at")),
    )


def _parsed(kind: Any, value: Any) -> Any:
    try:
        return TypeAdapter[Any](kind).validate_python(value)
    except ValidationError:
        return None
