"""Who sees the pages of administrators, and what stands around each of them."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from rushes.actions.admin import administering
from rushes.web.api.admin.access import Administrator
from rushes.web.deps import SignedIn, Visit, Wired
from rushes.web.durations import since_in_words
from rushes.web.pages.shell import render_shell

PAGE_ROWS = 50
"""How many rows a page of a list has at the most."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages of administrators."""

    path: str
    word: str


TABS = (
    Tab("/admin", "Dashboard"),
    Tab("/admin/lanes", "Lanes"),
    Tab("/admin/workers", "Workers"),
    Tab("/admin/jobs", "Jobs"),
    Tab("/admin/users", "Users"),
    Tab("/admin/models", "Models"),
    Tab("/admin/reviews", "Reviews"),
    Tab("/admin/audit", "Audit log"),
)


async def _oversight(services: Wired, viewer: SignedIn, actor: Administrator) -> AsyncGenerator[Visit]:
    async with administering(services.database, actor) as tx:
        yield Visit(tx=tx, viewer=viewer)


# It ends before the answer is sent: a slow reader must not hold a connection.
Oversight = Annotated[Visit, Depends(_oversight, scope="function")]
"""The administrator and a transaction that sees the rows of all accounts, for pages that only read."""


async def render_admin(
    request: Request, visit: Visit, name: str, *, tab: str, status: int = 200, **context: Any
) -> HTMLResponse:
    """Return a page of administrators.

    Args:
        request: What asks for the page.
        visit: The administrator, and the transaction that the page is read in.
        name: The template in the folder `admin`; it extends `admin/layout.html`.
        tab: The path of the tab that the page belongs to.
        status: The HTTP status.
        context: What the template shows.
    """
    return await render_shell(
        request,
        visit,
        f"admin/{name}",
        here="/admin",
        status=status,
        tabs=TABS,
        tab=tab,
        ago=partial(since_in_words, now=datetime.now(UTC)),
        **context,
    )
