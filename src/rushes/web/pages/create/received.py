"""What arrives of the form for a new job: its texts, and its files as they are stored."""

from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Request

from rushes.actions.assets import Upload, discard, store_upload
from rushes.db import media
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobType
from rushes.domain.media import INPUT_TYPES, Asset, AssetRole
from rushes.errors import FieldProblem, Invalid, InvalidFields, RushesError
from rushes.web.live import Live
from rushes.web.multipart import MultipartForm, Part
from rushes.web.pages.create.option_fields import fields_of
from rushes.web.services import Services
from rushes.web.verdicts import await_verdict

_FILES = {f"inputs.{role}": role for role in INPUT_TYPES}
_TEXTS = frozenset(
    {
        "count",
        "job_type",
        "key",
        "model",
        "negative_prompt",
        "orientation",
        "parent_job_id",
        "project_id",
        "prompt",
        "quality",
        "stays",
        *_FILES,
        *(one.name for job_type in JobType for one in fields_of(job_type, None)),
    }
)
"""The fields that the form has for any job type. A file's is its id, if it was sent before."""


@dataclass(slots=True)
class Received:
    """What has arrived so far; `uploaded` are those of `assets` that came with the form."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    assets: dict[AssetRole, Asset] = field(default_factory=dict[AssetRole, Asset])
    uploaded: set[AssetRole] = field(default_factory=set[AssetRole])
    problems: list[FieldProblem] = field(default_factory=list[FieldProblem])

    @property
    def job_type(self) -> JobType:
        """What is to be made; the form says it, whoever writes another one himself may not."""
        wanted = self.values.get("job_type", "")
        return JobType(wanted) if wanted in set(JobType) else JobType.BASE


async def receive(request: Request, services: Services, viewer: Viewer, received: Received) -> None:
    """Read the form, and store each file as it arrives; what is wrong with one is noted.

    Raises:
        Invalid: The body is no form, or has two files for a role.
    """
    form = MultipartForm(request.headers.get("content-type", ""), request.stream())
    while (part := await form.next_part()) is not None:
        # Nothing else is kept: this body has no limit of its own.
        if part.name in _TEXTS and part.file_name is None:
            # A browser sends each end of a line as two characters, which nobody has typed.
            received.values[part.name] = (await part.text()).replace("\r\n", "\n")
        elif part.name in _FILES and part.file_name:
            await _store(services, viewer, received, _FILES[part.name], part)
    await _read_chosen(services, viewer, received)


async def read_texts(request: Request, services: Services, viewer: Viewer) -> Received:
    """Read the form without its files.

    Raises:
        Invalid: The body is no form.
    """
    received = Received()
    form = MultipartForm(request.headers.get("content-type", ""), request.stream())
    while (part := await form.next_part()) is not None:
        if part.name in _TEXTS and part.file_name is None:
            received.values[part.name] = await part.text()
    await _read_chosen(services, viewer, received)
    return received


async def adopt_outputs(services: Services, viewer: Viewer, received: Received) -> None:
    """Store a copy of each output that was chosen as an input, which lasts when its job is deleted."""
    for role, asset in list(received.assets.items()):
        if asset.role is not AssetRole.OUTPUT:
            continue
        chunks = services.storage.read(asset.bucket, asset.key, start=0, end=asset.bytes or 0)
        del received.assets[role]
        await _keep(services, viewer, received, Upload(role=role, file_name=asset.file_name, chunks=chunks))


async def await_verdicts(services: Services, live: Live, received: Received) -> None:
    """Wait until the files that came with the form were checked; what is wrong with one is noted."""
    for role in sorted(received.uploaded):
        try:
            await await_verdict(services, live, received.assets[role], field=f"inputs.{role}")
        except Invalid as error:
            received.problems += error.fields
            del received.assets[role]


async def discard_uploads(services: Services, viewer: Viewer, received: Received) -> None:
    """Delete the files that came with the form."""
    for role in received.uploaded & received.assets.keys():
        # Whatever went wrong before is what the person has to know.
        with suppress(RushesError):
            await discard(services.database, services.storage, viewer, asset_id=received.assets[role].id)


def has_file(received: Received, role: AssetRole) -> bool:
    """Tell whether there is a file for a role, be it accepted or refused."""
    name = f"inputs.{role}"
    return role in received.assets or any(problem.field == name for problem in received.problems)


async def _store(services: Services, viewer: Viewer, received: Received, role: AssetRole, part: Part) -> None:
    if has_file(received, role):
        raise InvalidFields(fields=(FieldProblem(field=f"inputs.{role}", message="Choose one file."),))
    upload = Upload(role=role, file_name=part.file_name, chunks=part.chunks())
    await _keep(services, viewer, received, upload)


async def _keep(services: Services, viewer: Viewer, received: Received, upload: Upload) -> None:
    role = upload.role
    try:
        received.assets[role] = await store_upload(
            services.database, services.storage, viewer, upload, limits=services.limits
        )
        received.uploaded.add(role)
    except Invalid as error:
        if not error.fields:
            raise
        # The other file is looked at all the same: so both can be mended at once.
        received.problems += [
            FieldProblem(field=f"inputs.{role}", message=one.message) for one in error.fields
        ]


async def _read_chosen(services: Services, viewer: Viewer, received: Received) -> None:
    """Read the files that were sent before, unless another came for their role."""
    wanted = {
        role: asset_id
        for name, role in _FILES.items()
        if not has_file(received, role) and (asset_id := _read_id(received.values.get(name, "")))
    }
    if not wanted:
        return
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        found = await media.list_assets_among(tx, asset_ids=wanted.values(), user_id=viewer.user_id)
    received.assets |= {role: found[asset_id] for role, asset_id in wanted.items() if asset_id in found}


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
