"""Pictures, generated or made from one, in OpenAI's words: the answer comes when they are ready."""

import base64
from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.db import media
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import Job, JobStatus, JobType, is_final
from rushes.domain.media import Asset, AssetRole
from rushes.errors import Missing
from rushes.storage.signing import DOWNLOAD_LIFETIME
from rushes.storage.store import Storage
from rushes.web.addresses import Signer
from rushes.web.api.job_bodies import DEFAULT_MODELS
from rushes.web.deps import Fanout, Guard, SignedIn, Wired, limited
from rushes.web.limiting import Rate
from rushes.web.openai.arrivals import arriving, let_go
from rushes.web.openai.bodies import ImageEditBody, OpenAIImageBody, as_said, read, submission_of
from rushes.web.openai.documents import OpenAIImage, OpenAIImages
from rushes.web.openai.endings import await_endings
from rushes.web.openai.pictures import find_uploads
from rushes.web.openai.refusals import documented_refusals, refuse
from rushes.web.openai.schemas import json_or_form
from rushes.web.openai.sending import Origin, Sent, choose_type, submit
from rushes.web.services import Services

router = APIRouter(prefix="/images")

_FILES = {"image": AssetRole.REFERENCE}
_AT_FAULT = frozenset({"invalid_input", "media_rejected"})
"""Why a job fails that its client can mend."""


@router.post(
    "/generations",
    response_model=OpenAIImages,
    responses=documented_refusals(402, 404, 409, 413, 429, 504),
    dependencies=[limited(Rate.SUBMITS)],
)
async def generate_images(
    body: OpenAIImageBody, request: Request, services: Wired, live: Fanout, viewer: SignedIn, origin: Sent
) -> OpenAIImages | Response:
    """Make pictures, each as a job, and wait for them."""
    made, _ = await _submit(services, viewer, body, {}, origin, uploads={})
    return await _answer(
        request, services, viewer, body, await await_endings(request, services, live, viewer, made), made
    )


@router.post(
    "/edits",
    response_model=OpenAIImages,
    responses=documented_refusals(402, 404, 409, 413, 415, 429, 504),
    openapi_extra=json_or_form(ImageEditBody, files=list(_FILES)),
    dependencies=[limited(Rate.SUBMITS)],
)
async def edit_image(
    request: Request, services: Wired, live: Fanout, guard: Guard, viewer: SignedIn, origin: Sent
) -> OpenAIImages | Response:
    """Make pictures from one, each as a job, and wait for them; masks are not taken."""
    async with arriving(request, services, viewer, _FILES) as arrival:
        sent = {name: {"file_id": asset.id} for name, asset in arrival.uploads.items()}
        body = read(ImageEditBody, arrival.said | sent)
        named = await find_uploads(arrival, live, guard, name="image", reference=None if sent else body.image)
        inputs = {AssetRole.REFERENCE.value: named["image"]}
        made, is_repeat = await _submit(services, viewer, body, inputs, origin, uploads=arrival.uploads)
    if is_repeat:
        await let_go(arrival)
    ended = await await_endings(request, services, live, viewer, made)
    return await _answer(request, services, viewer, body, ended, made)


async def _submit(
    services: Services,
    viewer: Viewer,
    body: OpenAIImageBody,
    inputs: Mapping[str, UUID],
    origin: Origin,
    *,
    uploads: Mapping[str, Asset],
) -> tuple[list[Job], bool]:
    model = body.model or DEFAULT_MODELS[JobType.IMAGE]
    job_type = await choose_type(services.database, viewer, model=model, wanted=[JobType.IMAGE])
    with as_said(reference="image"):
        submission = submission_of(body, job_type, inputs)
        return await submit(
            services,
            viewer,
            [submission] * body.n,
            origin=origin,
            body=body,
            uploads=uploads,
            answered_within=services.image_wait,
        )


async def _answer(
    request: Request,
    services: Services,
    viewer: Viewer,
    body: OpenAIImageBody,
    ended: Sequence[Job],
    made: Sequence[Job],
) -> OpenAIImages | Response:
    found = {job.id: job for job in ended}
    listed = [found[job.id] for job in made if job.id in found]
    done = [job for job in listed if job.status is JobStatus.COMPLETED]
    if not listed:
        raise Missing("The jobs were deleted.")
    if any(not is_final(job.status) for job in listed):
        return _too_late(listed)
    if not done:
        return _failed(listed[0])
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        files = await media.list_job_assets(tx, job_ids=[job.id for job in done])
    signer = Signer.of(request)
    outputs = [files[JobId(job.id)][AssetRole.OUTPUT] for job in done]
    return OpenAIImages(
        created=int(listed[0].created_at.timestamp()),
        data=[await _show(output, signer, body.response_format) for output in outputs],
        job_ids=[str(job.id) for job in done],
        credits_charged=sum(job.credits_charged for job in done),
    )


async def _show(output: Asset, signer: Signer, wanted: Literal["url", "b64_json"] | None) -> OpenAIImage:
    url, text = None, None
    if wanted != "b64_json":
        url, _ = signer.sign(output, lifetime=DOWNLOAD_LIFETIME)
    if wanted != "url":
        text = base64.b64encode(await _read(signer.storage, output)).decode()
    return OpenAIImage(url=url, b64_json=text)


async def _read(storage: Storage, output: Asset) -> bytes:
    size = output.bytes or 0
    return b"".join([chunk async for chunk in storage.read(output.bucket, output.key, start=0, end=size)])


def _too_late(listed: Sequence[Job]) -> Response:
    names = ", ".join(str(job.id) for job in listed)
    detail = f"The pictures take longer than an answer may; they are made all the same, by the jobs {names}."
    # Whoever asked again would wait as long again.
    return refuse(504, code="not_ready", detail=detail, is_repeatable=False)


def _failed(job: Job) -> Response:
    code = "cancelled" if job.status is JobStatus.CANCELLED else job.error_code or "internal"
    detail = job.error_message or "The job was cancelled."
    return refuse(400 if code in _AT_FAULT else 500, code=code, detail=detail, is_repeatable=False)
