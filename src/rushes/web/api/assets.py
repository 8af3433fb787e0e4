"""Uploading files, looking at them, deleting them."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from rushes.actions.assets import Upload, discard, store_upload
from rushes.actions.uploads import begin_upload, complete_upload
from rushes.db import media
from rushes.domain.media import INPUT_TYPES, AssetRole
from rushes.errors import FieldProblem, InvalidFields, Missing
from rushes.web.addresses import Signer
from rushes.web.api.documents import AssetDocument
from rushes.web.api.upload_documents import InputRole, UploadBody, UploadDocument
from rushes.web.deps import Fanout, Reading, SignedIn, Wired, limited
from rushes.web.errors import documented
from rushes.web.limiting import Rate
from rushes.web.multipart import MultipartForm, Part
from rushes.web.verdicts import await_verdict

router = APIRouter(prefix="/assets", tags=["assets"])

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "role": {
                            "type": "string",
                            "enum": [str(role) for role in INPUT_TYPES],
                            "description": "What the file is for; before `file`, or in the query.",
                        },
                        "file": {"type": "string", "format": "binary"},
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=201,
    responses=documented(401, 413, 415, 429),
    openapi_extra=_FORM,
    dependencies=[limited(Rate.UPLOADS)],
)
async def upload(
    request: Request,
    services: Wired,
    live: Fanout,
    viewer: SignedIn,
    role: Annotated[InputRole | None, Query(description="Instead of the form's field `role`.")] = None,
) -> AssetDocument:
    """Store a file as it arrives, and wait for it to be checked.

    The answer is `ready` with what was measured, or `checking` if the check takes longer; a job may name the
    file either way.
    """
    received = await _find_file(request, role)
    asset = await store_upload(services.database, services.storage, viewer, received, limits=services.limits)
    checked = await await_verdict(services, live, asset)
    return AssetDocument.of(checked, Signer.of(request))


@router.post(
    "/uploads",
    status_code=201,
    responses=documented(401, 413, 415, 429),
    dependencies=[limited(Rate.UPLOADS)],
)
async def begin(body: UploadBody, request: Request, services: Wired, viewer: SignedIn) -> UploadDocument:
    """Get an address to send a file to, past this API: the store's own, or one of this server.

    Send it there as the answer says, then complete it. What is not completed within a day is removed.
    """
    asset = await begin_upload(services.database, viewer, body.announced(), limits=services.limits)
    return UploadDocument.of(asset, Signer.of(request))


@router.post(
    "/{asset_id}/complete",
    responses=documented(401, 404, 409, 413, 415, 429),
    dependencies=[limited(Rate.UPLOADS)],
)
async def complete(
    asset_id: UUID, request: Request, services: Wired, live: Fanout, viewer: SignedIn
) -> AssetDocument:
    """Say that a file was sent to its address, and wait for it to be checked.

    The answer is that of an ordinary upload. A repeat answers with the file as it stands.
    """
    asset = await complete_upload(
        services.database, services.storage, viewer, asset_id=asset_id, limits=services.limits
    )
    return AssetDocument.of(await await_verdict(services, live, asset), Signer.of(request))


@router.get("/{asset_id}", responses=documented(401, 404))
async def show(asset_id: UUID, request: Request, visit: Reading) -> AssetDocument:
    """Return one of the viewer's files, with a fresh signed address."""
    asset = await media.get_asset(visit.tx, asset_id=asset_id, user_id=visit.viewer.user_id)
    if asset is None:
        raise Missing("There is no such asset.")
    return AssetDocument.of(asset, Signer.of(request))


@router.delete("/{asset_id}", status_code=204, responses=documented(401, 404, 409))
async def delete(asset_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Delete one of the viewer's uploads that no job uses."""
    await discard(services.database, services.storage, viewer, asset_id=asset_id)


async def _find_file(request: Request, role: AssetRole | None) -> Upload:
    form = MultipartForm(request.headers.get("content-type", ""), request.stream())
    part = await form.next_part()
    if part is not None and part.name == "role" and part.file_name is None:
        named = _read_role(await part.text())
        if role not in {None, named}:
            raise _wrong("role", "The address names another role.")
        role, part = named, await form.next_part()
    if part is None:
        raise _wrong("file", "The form has no file.")
    # This body has no limit of its own: nothing that is not asked for is waited for.
    if part.name != "file":
        raise _not_asked_for(part)
    if role is None:
        raise _wrong("role", "Send the role before the file, or as ?role= in the address.")
    return Upload(role=role, file_name=part.file_name or None, chunks=_last_chunks(form, part))


async def _last_chunks(form: MultipartForm, file: Part) -> AsyncGenerator[bytes]:
    async for chunk in file.chunks():
        yield chunk
    if (more := await form.next_part()) is not None:
        raise _not_asked_for(more)


def _not_asked_for(part: Part) -> InvalidFields:
    return _wrong(part.name, "The form has a role, and then a file.")


def _read_role(text: str) -> AssetRole:
    for role in INPUT_TYPES:
        if text == role:
            return role
    raise _wrong("role", f"Use one of {', '.join(INPUT_TYPES)}.")


def _wrong(field: str, message: str) -> InvalidFields:
    return InvalidFields(fields=(FieldProblem(field=field, message=message),))
