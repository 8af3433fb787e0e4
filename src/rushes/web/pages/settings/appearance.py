"""How the pages look in this browser; nothing of it is kept with the account."""

from enum import StrEnum
from typing import Annotated

import fastapi
from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.web.deps import Reading, SignedIn
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.settings.tabs import APPEARANCE, render_tab

router = APIRouter(prefix=APPEARANCE.path, include_in_schema=False)

_COOKIE = "theme"
_YEAR_SECONDS = 31_536_000


class Theme(StrEnum):
    """What can be chosen; `system` follows what the device is set to."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@router.get("")
async def show(request: Request, visit: Reading) -> Response:
    """Show what is chosen in this browser."""
    chosen = request.cookies.get(_COOKIE, Theme.SYSTEM)
    return await render_tab(request, visit, APPEARANCE, "appearance", themes=list(Theme), chosen=chosen)


@router.post("")
async def change(viewer: SignedIn, theme: Annotated[Theme, fastapi.Form()]) -> Response:
    """Keep the choice in this browser."""
    del viewer  # whoever is signed in may choose
    response = redirect(APPEARANCE.path, Notice.THEME_SAVED)
    if theme is Theme.SYSTEM:
        response.delete_cookie(_COOKIE, samesite="lax")
    else:
        # Scripts change it too, so that it takes no page to do so.
        response.set_cookie(_COOKIE, theme, max_age=_YEAR_SECONDS, samesite="lax")
    return response
