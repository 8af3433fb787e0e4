"""What stands around every page of somebody signed in: the places, the balance, and what just happened."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from rushes.db import accounts
from rushes.domain.accounts import Role, User
from rushes.errors import Unauthenticated
from rushes.web.deps import Visit
from rushes.web.pages.notices import forget_notice, read_notice
from rushes.web.pages.rendering import render


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to."""

    path: str
    icon: str
    word: str


_PLACES = (
    Place("/create", "sparkles", "Create"),
    Place("/jobs", "film", "Jobs"),
    Place("/library", "library", "Library"),
    Place("/workspace", "layers", "Workspace"),
    Place("/settings", "settings", "Settings"),
)
_ADMIN = Place("/admin", "gauge", "Admin")


async def render_shell(
    request: Request, visit: Visit, name: str, *, here: str, status: int = 200, **context: Any
) -> HTMLResponse:
    """Return a page of the viewer's.

    Args:
        request: What asks for the page.
        visit: The viewer, and the transaction that the page is read in.
        name: The template; it extends `shell.html`.
        here: The path of the place that the page belongs to.
        status: The HTTP status.
        context: What the template shows.

    Raises:
        Unauthenticated: The account was deleted a moment ago.
    """
    user = await accounts.get_user(visit.tx, user_id=visit.viewer.user_id)
    if user is None:
        raise Unauthenticated
    notice = read_notice(request)
    page = render(
        request, name, status=status, user=user, places=_places_of(user), here=here, notice=notice, **context
    )
    if notice is not None:
        forget_notice(page)
    return page


def _places_of(user: User) -> tuple[Place, ...]:
    return (*_PLACES, _ADMIN) if user.role is Role.ADMIN else _PLACES
