"""One job: its page, its card and its files."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from rushes.db import media
from rushes.domain.jobs import Job
from rushes.domain.media import Asset, AssetRole, AssetStatus
from rushes.domain.posters import poster_of
from rushes.errors import Missing
from rushes.storage.signing import DOWNLOAD_LIFETIME, TILE_LIFETIME
from rushes.web.addresses import Signer, download_name
from rushes.web.api.jobs import explain_waits, find_job, find_output
from rushes.web.deps import Reading, Visit, Wired
from rushes.web.pages.cards.card import Card
from rushes.web.pages.cards.files import list_card_files
from rushes.web.pages.jobs.details import read_details
from rushes.web.pages.jobs.listing import offered_types
from rushes.web.pages.rendering import render
from rushes.web.pages.shell import render_shell

router = APIRouter(prefix="/jobs/{job_id}", include_in_schema=False)

_BRIEFLY = {"Cache-Control": "private, max-age=300"}
"""The stable address is asked for again long before the signed one behind it ends."""


@router.get("")
async def show(job_id: UUID, request: Request, visit: Reading) -> Response:
    """Show one job."""
    job, now = await find_job(visit, job_id), datetime.now(UTC)
    details = await read_details(visit, job, now=now)
    return await render_shell(
        request, visit, "job.html", here="/jobs", card=await _card(visit, job, now=now), details=details
    )


@router.get("/card")
async def card(job_id: UUID, request: Request, visit: Reading) -> Response:
    """Show one job's card, to take the place of an older one."""
    job = await find_job(visit, job_id)
    return render(request, "_partials/card.html", card=await _card(visit, job, now=datetime.now(UTC)))


@router.get("/details")
async def details(job_id: UUID, request: Request, visit: Reading) -> Response:
    """Show what the job's page has between its header and its footer."""
    job, now = await find_job(visit, job_id), datetime.now(UTC)
    shown = await read_details(visit, job, now=now)
    return render(request, "_partials/details.html", card=await _card(visit, job, now=now), details=shown)


@router.get("/media/{role}")
async def file(job_id: UUID, role: AssetRole, services: Wired, visit: Reading) -> Response:
    """Point to a file of the job; this address never ends, the signed one behind it does."""
    asset = await _find_file(visit, await find_job(visit, job_id), role)
    url, _ = Signer.of_pages(services).sign(asset, lifetime=TILE_LIFETIME)
    return RedirectResponse(url, 302, headers=_BRIEFLY)


@router.get("/media/{role}/poster")
async def poster(job_id: UUID, role: AssetRole, services: Wired, visit: Reading) -> Response:
    """Point to the still of a file that was sent for the job, as lastingly."""
    still = poster_of(await _find_file(visit, await find_job(visit, job_id), role))
    if still is None:
        raise Missing("The file has no still.")
    url, _ = Signer.of_pages(services).sign(still, lifetime=TILE_LIFETIME)
    return RedirectResponse(url, 302, headers=_BRIEFLY)


@router.get("/download")
async def download(job_id: UUID, services: Wired, visit: Reading) -> Response:
    """Point to the job's output, to be saved."""
    job = await find_job(visit, job_id)
    output = await find_output(visit.tx, job)
    url, _ = Signer.of_pages(services).sign(
        output, lifetime=DOWNLOAD_LIFETIME, file_name=download_name(job, output)
    )
    return RedirectResponse(url, 302, headers={"Cache-Control": "no-store"})


async def _card(visit: Visit, job: Job, *, now: datetime) -> Card:
    files = await list_card_files(visit.tx, [job])
    waits = await explain_waits(visit.tx, [job])
    offered = await offered_types(visit.tx)
    return Card.of(job, files[job.id], waits.get(job.id), now=now, offered=offered)


async def _find_file(visit: Visit, job: Job, role: AssetRole) -> Asset:
    files = await media.list_job_assets(visit.tx, job_ids=[job.id])
    asset = files[job.id].get(role)
    if asset is None or asset.status is not AssetStatus.READY:
        raise Missing("The job has no such file.")
    return asset
