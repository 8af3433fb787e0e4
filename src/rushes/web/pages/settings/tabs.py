"""The frame of the settings: one page for each subject, with links between them."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from rushes.web.deps import Visit
from rushes.web.pages.shell import render_shell

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the settings."""

    path: str
    word: str


PROFILE = Tab("/settings/profile", "Profile")
KEYS = Tab("/settings/keys", "API keys")
SESSIONS = Tab("/settings/sessions", "Sessions")
WEBHOOKS = Tab("/settings/webhooks", "Webhooks")
CREDITS = Tab("/settings/credits", "Credits")
LIMITS = Tab("/settings/limits", "Plan and limits")
APPEARANCE = Tab("/settings/appearance", "Appearance")

_TABS = (PROFILE, KEYS, SESSIONS, WEBHOOKS, CREDITS, LIMITS, APPEARANCE)


@router.get("/settings")
async def begin() -> Response:
    """Begin with the profile."""
    return RedirectResponse(PROFILE.path, 303)


async def render_tab(
    request: Request, visit: Visit, tab: Tab, name: str, *, status: int = 200, **context: Any
) -> Response:
    """Return a page of the settings; the template `name` extends `settings/frame.html`."""
    return await render_shell(
        request,
        visit,
        f"settings/{name}.html",
        here="/settings",
        status=status,
        tab=tab,
        tabs=_TABS,
        **context,
    )
