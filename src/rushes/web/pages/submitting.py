"""A new job from a form that works without a script: both files and the options in one request."""

from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from rushes.actions.assets import Upload, discard, store_upload
from rushes.actions.submit import Submission, submit
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobType
from rushes.domain.media import REQUIRED_INPUTS, Asset, AssetRole
from rushes.errors import FieldProblem, InsufficientCredits, Invalid, InvalidFields, RushesError
from rushes.web.api.job_bodies import BaseBody, read_body
from rushes.web.credentials import enter
from rushes.web.deps import Fanout, Proof, SignedIn, Visit, Wired
from rushes.web.errors import STATUSES, field_problems
from rushes.web.live import Live
from rushes.web.multipart import MultipartForm, Part
from rushes.web.pages.job_list import Form, render_list
from rushes.web.services import Services
from rushes.web.verdicts import await_verdict

router = APIRouter(include_in_schema=False)

_TEXTS = frozenset({"prompt", "resolution"})
_ROLES = sorted(REQUIRED_INPUTS[JobType.BASE], reverse=True)
"""The files that the form asks for, in its order."""


@dataclass(slots=True)
class _Received:
    """What has arrived of the form so far."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    assets: dict[AssetRole, Asset] = field(default_factory=dict[AssetRole, Asset])
    problems: list[FieldProblem] = field(default_factory=list[FieldProblem])

    def has_file(self, role: AssetRole) -> bool:
        """Tell whether a file came for a role, be it accepted or refused."""
        return role in self.assets or any(problem.field == role for problem in self.problems)


@router.post("/jobs")
async def create(
    request: Request, services: Wired, live: Fanout, viewer: SignedIn, credential: Proof
) -> Response:
    """Store both files, submit the job, and show the list with it."""
    received = _Received()
    try:
        await _receive(request, services, viewer, received)
        await _require_accepted(services, live, received)
        await submit(services.database, viewer, _submission(received), limits=services.limits)
    except (Invalid, InsufficientCredits) as error:
        await _discard(services, viewer, received)
        async with services.database.transaction() as tx:
            visit = Visit(tx=tx, viewer=await enter(tx, credential))
            return await render_list(
                request, visit, form=_form(received, error), http_status=STATUSES[error.kind]
            )
    except BaseException:
        await _discard(services, viewer, received)
        raise
    return RedirectResponse("/jobs", 303)


async def _receive(request: Request, services: Services, viewer: Viewer, received: _Received) -> None:
    form = MultipartForm(request.headers.get("content-type", ""), request.stream())
    while (part := await form.next_part()) is not None:
        # Nothing else is kept: this body has no limit of its own.
        if part.name in _TEXTS and part.file_name is None:
            received.values[part.name] = await part.text()
        elif part.name in _ROLES and part.file_name:
            await _store(services, viewer, received, AssetRole(part.name), part)
    for role in _ROLES:
        if not received.has_file(role):
            received.problems.append(FieldProblem(field=role, message="Choose a file."))


async def _store(
    services: Services, viewer: Viewer, received: _Received, role: AssetRole, part: Part
) -> None:
    if received.has_file(role):
        raise InvalidFields(fields=(FieldProblem(field=role, message="Choose one file."),))
    upload = Upload(role=role, file_name=part.file_name, chunks=part.chunks())
    try:
        received.assets[role] = await store_upload(
            services.database, services.storage, viewer, upload, limits=services.limits
        )
    except Invalid as error:
        if not error.fields:
            raise
        # The other file is looked at all the same: so both can be mended at once.
        received.problems += [FieldProblem(field=role, message=one.message) for one in error.fields]


async def _require_accepted(services: Services, live: Live, received: _Received) -> None:
    for role, asset in received.assets.items():
        try:
            await await_verdict(services, live, asset, field=role)
        except Invalid as error:
            received.problems += error.fields


def _submission(received: _Received) -> Submission:
    asked = {
        "job_type": JobType.BASE,
        "inputs": {role: asset.id for role, asset in received.assets.items()},
        "options": {"resolution": received.values.get("resolution", "480p")},
        "prompt": received.values.get("prompt") or None,
    }
    problems = list(received.problems)
    try:
        body = BaseBody.model_validate(asked)
    except ValidationError as error:
        found = field_problems(error.errors())
        raise InvalidFields(fields=(*problems, *found)) from error
    if problems:
        raise InvalidFields(fields=tuple(problems))
    (submission,) = read_body(body)
    return submission


async def _discard(services: Services, viewer: Viewer, received: _Received) -> None:
    for asset in received.assets.values():
        # Whatever went wrong before is what the person has to know.
        with suppress(RushesError):
            await discard(services.database, services.storage, viewer, asset_id=asset.id)


def _form(received: _Received, error: RushesError) -> Form:
    problems: dict[str, str] = {}
    elsewhere: list[str] = []
    for one in error.fields:
        name = one.field.rpartition(".")[2]
        if name in _TEXTS or name in _ROLES:
            problems.setdefault(name, one.message)
        else:
            elsewhere.append(one.message)
    summary = " ".join(elsewhere) or (None if problems else error.message)
    return Form(values=received.values, problems=problems, summary=summary)
