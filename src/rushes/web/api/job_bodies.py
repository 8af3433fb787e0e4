"""What a job is asked for with, and what of it can be used where something is wrong."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import Field, TypeAdapter, ValidationError

from rushes.actions.submit import DEFAULT_MODEL, Submission, quote
from rushes.domain.jobs import JobType
from rushes.domain.media import INPUT_KINDS, AssetRole
from rushes.domain.options import BaseOptions
from rushes.errors import FieldProblem, InvalidFields
from rushes.web.api.wording import Ask, Metadata, Prompt, Text
from rushes.web.errors import field_problems

Slug = Annotated[Text, Field(description="From GET models.", examples=[DEFAULT_MODEL])]
Priority = Annotated[int, Field(ge=1, le=10, description="1 is first; below 5 needs the plan pro.")]


class InputsBody(Ask):
    """The files that a `base` job is made from."""

    reference: Annotated[UUID, Field(description="The asset of the reference image.")]
    motion: Annotated[UUID, Field(description="The asset of the motion video.")]


class JobBody(Ask):
    """One request for one output."""

    job_type: Literal[JobType.BASE]
    inputs: InputsBody
    model: Slug = DEFAULT_MODEL
    options: BaseOptions = BaseOptions()
    prompt: Annotated[Prompt | None, Field(description="1 to 1000 characters.")] = None
    priority: Priority = 5
    metadata: Annotated[Metadata, Field(default_factory=dict, description="Yours to use, at most 16 KiB.")]

    def submission(self) -> Submission:
        """Return what the action takes."""
        return Submission(
            job_type=JobType(self.job_type),
            inputs={AssetRole.REFERENCE: self.inputs.reference, AssetRole.MOTION: self.inputs.motion},
            options=self.options,
            model=self.model,
            prompt=self.prompt,
            priority=self.priority,
            metadata=self.metadata,
        )


class NamesEveryProblem(APIRoute):
    """A route whose refusal of a malformed job also names what the database would refuse."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler; the viewer was found before the body was judged."""
        handler = super().get_route_handler()

        async def named(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                services, viewer = request.app.state.services, getattr(request.state, "viewer", None)
                body: Any = error.body
                if viewer is None or not isinstance(body, dict):
                    raise
                known = field_problems(error.errors())
                found = await quote(
                    services.database,
                    viewer,
                    [_usable(cast("Mapping[str, Any]", body))],
                    limits=services.limits,
                )
                raise InvalidFields(fields=(*known, *_beyond(known, found.problems))) from error

        return named


def _beyond(known: Sequence[FieldProblem], found: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Return what was found in fields that are not known to be malformed themselves."""
    malformed = tuple(f"{one.field}." for one in known)
    return [one for one in found if not f"{one.field}.".startswith(malformed)]


def _usable(body: Mapping[str, Any]) -> Submission:
    """Return a submission of what is well-formed, with defaults for the rest."""
    named = body.get("inputs")
    ids = cast("Mapping[str, Any]", named if isinstance(named, dict) else {})
    inputs = {role: _parsed(UUID, ids.get(role)) for role in INPUT_KINDS}
    return Submission(
        job_type=JobType.BASE,
        inputs={role: asset_id for role, asset_id in inputs.items() if asset_id is not None},
        options=BaseOptions(),
        model=_parsed(Slug, body.get("model")) or DEFAULT_MODEL,
        priority=_parsed(Priority, body.get("priority")) or 5,
    )


def _parsed(kind: Any, value: Any) -> Any:
    try:
        return TypeAdapter[Any](kind).validate_python(value)
    except ValidationError:
        return None
