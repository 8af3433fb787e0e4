"""The page for a new job, and the viewer's files that can go into it."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from rushes.db import media
from rushes.domain.media import Asset, AssetStatus
from rushes.domain.posters import poster_of
from rushes.errors import Missing
from rushes.storage.signing import TILE_LIFETIME
from rushes.web.addresses import Signer
from rushes.web.api.upload_documents import InputRole
from rushes.web.deps import Reading, Visit, Wired
from rushes.web.pages.create.files import find_picks
from rushes.web.pages.create.form import render_form
from rushes.web.pages.create.kinds import SLOTS
from rushes.web.pages.create.prefill import CreateQuery, prefill
from rushes.web.pages.shell import render_shell
from rushes.web.services import Services

router = APIRouter(prefix="/create", include_in_schema=False)

_BRIEFLY = {"Cache-Control": "private, max-age=300"}
"""The stable address is asked for again long before the signed one behind it ends."""
_READABLE = frozenset({AssetStatus.CHECKING, AssetStatus.READY})


class PickQuery(CreateQuery):
    """A role to pick a file for, and what the form says besides."""

    role: InputRole
    cursor: str | None = None


@router.get("")
async def show(
    request: Request, services: Wired, visit: Reading, query: Annotated[CreateQuery, Query()]
) -> Response:
    """Show the form, filled with what its address names."""
    return await render_form(request, visit, services, await prefill(visit, query))


@router.get("/pick")
async def pick(request: Request, visit: Reading, query: Annotated[PickQuery, Query()]) -> Response:
    """Show the viewer's files that fit a role; each leads to the form with it."""
    said = query.kept()
    kept = {name: value for name, value in said.items() if name not in {"role", "cursor"}}
    picks, next_cursor = await find_picks(visit, query.role, kept=kept, cursor=query.cursor)
    return await render_shell(
        request,
        visit,
        "pick.html",
        here="/create",
        role=query.role,
        slot=SLOTS[query.role],
        picks=picks,
        older=next_cursor and f"/create/pick?{urlencode(said | {'cursor': next_cursor})}",
        back=f"/create?{urlencode(kept)}",
    )


@router.get("/files/{asset_id}")
async def file(asset_id: UUID, services: Wired, visit: Reading) -> Response:
    """Point to one of the viewer's files; this address never ends, the signed one behind it does."""
    return _point_to(await _find_file(visit, asset_id), services)


@router.get("/files/{asset_id}/poster")
async def poster(asset_id: UUID, services: Wired, visit: Reading) -> Response:
    """Point to the still of one of the viewer's files, as lastingly."""
    still = poster_of(await _find_file(visit, asset_id))
    if still is None:
        raise Missing("The file has no still.")
    return _point_to(still, services)


async def _find_file(visit: Visit, asset_id: UUID) -> Asset:
    asset = await media.get_asset(visit.tx, asset_id=asset_id, user_id=visit.viewer.user_id)
    if asset is None or asset.status not in _READABLE:
        raise Missing("There is no such file.")
    return asset


def _point_to(asset: Asset, services: Services) -> Response:
    url, _ = Signer.of_pages(services).sign(asset, lifetime=TILE_LIFETIME)
    return RedirectResponse(url, 302, headers=_BRIEFLY)
