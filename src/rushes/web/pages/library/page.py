"""The page of the library: what the viewer's jobs made, true to its shape, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from rushes.db import library, media, projects
from rushes.domain.folders import Project
from rushes.errors import Missing
from rushes.web.api.cursors import START
from rushes.web.deps import Reading, Visit
from rushes.web.pages.library.items import Item
from rushes.web.pages.library.shelf import PATH, Density, ShelfQuery, read_shelf
from rushes.web.pages.shell import render_shell

router = APIRouter(include_in_schema=False)

MENU_PROJECTS = 100
"""So many, the newest, stand in a menu."""

_COOKIE = "density"
_YEAR_SECONDS = 365 * 24 * 60 * 60


class LibraryPageQuery(ShelfQuery):
    """What the page can be asked for: `density` is kept in a cookie."""

    density: Density | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A link to the library under another condition."""

    word: str
    href: str
    is_current: bool


@router.get(PATH)
async def show(request: Request, visit: Reading, query: Annotated[LibraryPageQuery, Query()]) -> Response:
    """Show a page of what the viewer's jobs made."""
    asked = ShelfQuery.model_validate(query.model_dump(exclude={"density"}))
    density = query.density or _density(request)
    page = await _render(request, visit, asked, density)
    if query.density is not None:
        page.set_cookie(_COOKIE, query.density, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
    return page


async def list_menu_projects(visit: Visit) -> list[Project]:
    """Return the projects that a menu has room for, newest first."""
    return await projects.list_projects(
        visit.tx,
        user_id=visit.viewer.user_id,
        before_time=START.time,
        before_id=START.id,
        count=MENU_PROJECTS,
    )


async def _render(request: Request, visit: Visit, query: ShelfQuery, density: Density) -> Response:
    user_id = visit.viewer.user_id
    project = await _find_project(visit, query)
    shelf = await read_shelf(visit.tx, query, user_id=user_id)
    files = await media.list_job_assets(visit.tx, job_ids=[entry.job_id for entry in shelf.entries])
    known = await list_menu_projects(visit)
    models = await library.list_used_models(visit.tx, user_id=user_id)
    return await render_shell(
        request,
        visit,
        "library.html",
        here=PATH,
        items=[Item.of(entry, files[entry.job_id]) for entry in shelf.entries],
        query=query,
        shelf=shelf,
        project=project,
        projects=known,
        kinds=_choices(query, "type", [(None, "All"), ("video", "Videos"), ("image", "Images")]),
        models=_choices(query, "model", [(None, "All models"), *models.items()]),
        folders=_choices(query, "project", [(None, "All projects"), *((one.id, one.name) for one in known)]),
        is_compact=density == "compact",
    )


async def _find_project(visit: Visit, query: ShelfQuery) -> Project | None:
    if query.project is None:
        return None
    found = await projects.get_project(visit.tx, project_id=query.project, user_id=visit.viewer.user_id)
    if found is None:
        raise Missing("There is no such project.")
    return found


def _choices(query: ShelfQuery, name: str, values: Iterable[tuple[object, str]]) -> Sequence[Choice]:
    current = getattr(query, name)
    return [
        Choice(word=word, href=query.href(**{name: value}), is_current=value == current)
        for value, word in values
    ]


def _density(request: Request) -> Density:
    return "compact" if request.cookies.get(_COOKIE) == "compact" else "comfortable"
