"""The pages that make, rename and delete a project."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from rushes.actions import projects as actions
from rushes.db import projects
from rushes.domain.folders import Project
from rushes.errors import Missing
from rushes.web.deps import Proof, Reading, SignedIn, Visit, Wired
from rushes.web.pages.library.shelf import PATH, ShelfQuery
from rushes.web.pages.naming import NameForm, Removal, ask_again, ask_name, ask_removal, read_name
from rushes.web.pages.notices import Notice, redirect

router = APIRouter(prefix=f"{PATH}/projects", include_in_schema=False)

_NEW = NameForm(heading="New project", action=f"{PATH}/projects", word="Create project", back=PATH)

Typed = Annotated[str, Form(alias="name")]


@router.get("/new")
async def ask_for_new(request: Request, visit: Reading) -> Response:
    """Ask what a new project is called."""
    return await ask_name(request, visit, _NEW, here=PATH)


@router.post("")
async def create(
    request: Request, services: Wired, viewer: SignedIn, credential: Proof, typed: Typed = ""
) -> Response:
    """Make a project and show it."""
    name = read_name(typed)
    if name is None:
        return await ask_again(request, services, credential, _NEW, here=PATH, typed=typed)
    project = await actions.create_project(services.database, viewer, name=name)
    return redirect(_address(project.id), Notice.PROJECT_MADE)


@router.get("/{project_id}/rename")
async def ask_for_another(project_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask what the project is to be called instead."""
    project = await _find(visit, project_id)
    return await ask_name(request, visit, _renaming(project_id, project.name), here=PATH)


@router.post("/{project_id}/rename")
async def rename(
    project_id: UUID,
    request: Request,
    services: Wired,
    viewer: SignedIn,
    credential: Proof,
    typed: Typed = "",
) -> Response:
    """Call the project something else."""
    name = read_name(typed)
    if name is None:
        form = _renaming(project_id, typed)
        return await ask_again(request, services, credential, form, here=PATH, typed=typed)
    await actions.rename_project(services.database, viewer, project_id=project_id, name=name)
    return redirect(_address(project_id), Notice.RENAMED)


@router.get("/{project_id}/delete")
async def ask_to_delete(project_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask whether the project shall go."""
    removal = Removal(
        kind="project",
        folder=await _find(visit, project_id),
        action=f"{PATH}/projects/{project_id}/delete",
        back=_address(project_id),
    )
    return await ask_removal(request, visit, removal, here=PATH)


@router.post("/{project_id}/delete")
async def delete(project_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Remove the project; what is in it stays."""
    await actions.delete_project(services.database, viewer, project_id=project_id)
    return redirect(PATH, Notice.PROJECT_DELETED)


async def _find(visit: Visit, project_id: UUID) -> Project:
    found = await projects.get_project(visit.tx, project_id=project_id, user_id=visit.viewer.user_id)
    if found is None:
        raise Missing("There is no such project.")
    return found


def _address(project_id: UUID) -> str:
    return ShelfQuery(project=project_id).href()


def _renaming(project_id: UUID, value: str) -> NameForm:
    return NameForm(
        heading="Rename the project",
        action=f"{PATH}/projects/{project_id}/rename",
        word="Rename",
        back=_address(project_id),
        value=value,
    )
