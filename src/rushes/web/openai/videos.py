"""Videos: created, looked at, remixed, downloaded and deleted in OpenAI's words."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import RedirectResponse

from rushes.actions.delete import delete_job
from rushes.db import jobs, media
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobType, is_final
from rushes.domain.media import Asset, AssetRole, AssetStatus
from rushes.domain.openai_ids import read_video_id, video_id
from rushes.errors import FieldProblem, Missing
from rushes.storage.signing import DOWNLOAD_LIFETIME
from rushes.web.addresses import Signer, download_name
from rushes.web.api.job_bodies import DEFAULT_MODELS
from rushes.web.api.jobs import find_output
from rushes.web.deps import Fanout, Guard, Reading, SignedIn, Wired, limited
from rushes.web.limiting import Rate
from rushes.web.openai.arrivals import arriving, let_go
from rushes.web.openai.bodies import OpenAIRemixBody, VideoBody, as_said, read, submission_of
from rushes.web.openai.documents import OpenAIDeletedVideo, OpenAIVideo, show_video
from rushes.web.openai.pictures import find_uploads
from rushes.web.openai.refusals import documented_refusals
from rushes.web.openai.remixing import remix_of
from rushes.web.openai.schemas import json_or_form
from rushes.web.openai.sending import Sent, choose_type, submit

router = APIRouter(prefix="/videos")

POLL_AFTER = "openai-poll-after-ms"

_FILES = {"input_reference": AssetRole.REFERENCE, "motion": AssetRole.MOTION}
_POLL_MS = range(500, 5001)
_POLLS_PER_JOB = 20

VideoId = Annotated[str, Path(description="As it was answered; a job's own id will do.", max_length=100)]


class Variant(StrEnum):
    """Which file of a video."""

    VIDEO = "video"
    THUMBNAIL = "thumbnail"
    SPRITESHEET = "spritesheet"


_PICTURES: Mapping[Variant, AssetRole] = {
    Variant.THUMBNAIL: AssetRole.POSTER,
    Variant.SPRITESHEET: AssetRole.SPRITESHEET,
}

_HEADERS: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            POLL_AFTER: {
                "description": "Unless it has ended: when to ask again, in milliseconds.",
                "schema": {"type": "integer"},
            }
        }
    }
}
_REDIRECT: dict[int | str, dict[str, Any]] = {
    302: {
        "description": "Where the file is, under a signed address.",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri-reference"}}},
    }
}


@router.post(
    "",
    responses=documented_refusals(402, 404, 409, 413, 415, 429),
    openapi_extra=json_or_form(VideoBody, files=list(_FILES)),
    dependencies=[limited(Rate.SUBMITS)],
)
async def create_video(
    request: Request, services: Wired, live: Fanout, guard: Guard, viewer: SignedIn, origin: Sent
) -> OpenAIVideo:
    """Submit a job for a video, and hold its price."""
    async with arriving(request, services, viewer, _FILES) as arrival:
        body = read(VideoBody, arrival.said)
        wanted = [JobType.TEXT_TO_VIDEO, JobType.BASE]
        if body.motion is not None or "motion" in arrival.uploads:
            wanted.reverse()
        model = body.model or DEFAULT_MODELS[wanted[0]]
        job_type = await choose_type(services.database, viewer, model=model, wanted=wanted)
        named = await find_uploads(
            arrival, live, guard, name="input_reference", reference=body.input_reference
        )
        inputs = {_FILES[name].value: asset_id for name, asset_id in named.items()}
        if body.motion is not None:
            inputs[AssetRole.MOTION] = body.motion
        with as_said(reference="input_reference"):
            submission = replace(submission_of(body, job_type, inputs), model=model)
            made, is_repeat = await submit(
                services, viewer, [submission], origin=origin, body=body, uploads=arrival.uploads
            )
    if is_repeat:
        await let_go(arrival)
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        return await show_video(tx, made[0])


@router.get("/{video}", responses=_HEADERS | documented_refusals(404))
async def retrieve_video(video: VideoId, visit: Reading, response: Response) -> OpenAIVideo:
    """Return one of the viewer's videos."""
    job = await find_film(visit.tx, visit.viewer, video)
    if not is_final(job.status):
        response.headers[POLL_AFTER] = str(_poll_after(job))
    return await show_video(visit.tx, job)


@router.delete("/{video}", responses=documented_refusals(404, 409))
async def delete_video(video: VideoId, services: Wired, viewer: SignedIn) -> OpenAIDeletedVideo:
    """Delete a video that has ended, with its files; the charge stays."""
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        job = await find_film(tx, viewer, video)
    await delete_job(services.database, viewer, job_id=job.id)
    return OpenAIDeletedVideo(id=video_id(job.id))


@router.get(
    "/{video}/content",
    status_code=302,
    response_class=RedirectResponse,
    responses=_REDIRECT | documented_refusals(404, 409),
)
async def download_video(
    video: VideoId,
    visit: Reading,
    services: Wired,
    variant: Annotated[
        Variant, Query(description="The film, a still of it, or many of its frames in one picture.")
    ] = Variant.VIDEO,
) -> RedirectResponse:
    """Lead to a file of a completed video, for seven days."""
    job = await find_film(visit.tx, visit.viewer, video)
    file = await _find_file(visit.tx, job, variant)
    name = download_name(job, file) if variant is Variant.VIDEO else None
    url, _ = Signer.of_pages(services).sign(file, lifetime=DOWNLOAD_LIFETIME, file_name=name)
    return RedirectResponse(url, 302)


@router.post(
    "/{video}/remix",
    responses=documented_refusals(402, 404, 409, 413, 429),
    dependencies=[limited(Rate.SUBMITS)],
)
async def remix_video(
    video: VideoId, body: OpenAIRemixBody, services: Wired, viewer: SignedIn, origin: Sent
) -> OpenAIVideo:
    """Submit a job like that of a completed video, with another prompt."""
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        source = await find_film(tx, viewer, video)
        submission = await remix_of(tx, source, prompt=body.prompt)
    with as_said(reference="input_reference"):
        made, _ = await submit(services, viewer, [submission], origin=origin, body=body, uploads={})
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        return await show_video(tx, made[0])


async def find_film(tx: Tx, viewer: Viewer, name: str) -> Job:
    """Return one of the viewer's jobs that make no picture.

    Raises:
        Missing: He has no such job.
    """
    job = await jobs.get_job(tx, job_id=read_video_id(name), user_id=viewer.user_id)
    if job is None or job.job_type is JobType.IMAGE or job.image_id is not None:
        raise Missing("There is no such video.")
    return job


async def _find_file(tx: Tx, job: Job, variant: Variant) -> Asset:
    output = await find_output(tx, job)
    if variant is Variant.VIDEO:
        return output
    files = await media.list_job_assets(tx, job_ids=[job.id])
    file = files[job.id].get(_PICTURES[variant])
    if file is None or file.status is not AssetStatus.READY:
        message = f"This video has no {variant}."
        raise Missing(message, fields=(FieldProblem(field="variant", message=message),))
    return file


def _poll_after(job: Job) -> int:
    # The official clients keep to the first that they are told.
    expected = 1000 if job.estimated_seconds is None else job.estimated_seconds * 1000 / _POLLS_PER_JOB
    return min(max(int(expected), _POLL_MS[0]), _POLL_MS[-1])
