"""Projects: under which their owner finds jobs again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from rushes.actions import projects as actions
from rushes.db import projects
from rushes.errors import Missing
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.job_filters import PageQuery
from rushes.web.api.wording import Ask, Name
from rushes.web.deps import Reading, SignedIn, Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/projects", tags=["projects"])


class ProjectBody(Ask):
    """What a project is made from."""

    name: Annotated[Name, Field(description="1 to 100 characters.", examples=["Foxes"])]


class ProjectDocument(BaseModel):
    """A name for jobs that belong together."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: Annotated[str, Field(examples=["Foxes"])]
    created_at: datetime


class ProjectPage(BaseModel):
    """A page of projects, newest first."""

    projects: list[ProjectDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


@router.post("", status_code=201, responses=documented(401))
async def create(body: ProjectBody, services: Wired, viewer: SignedIn) -> ProjectDocument:
    """Make a project."""
    return ProjectDocument.model_validate(
        await actions.create_project(services.database, viewer, name=body.name)
    )


@router.get("", responses=documented(401))
async def list_projects(visit: Reading, query: Annotated[PageQuery, Query()]) -> ProjectPage:
    """Return a page of the viewer's projects, newest first."""
    start = read_cursor(query.cursor)
    found = await projects.list_projects(
        visit.tx,
        user_id=visit.viewer.user_id,
        before_time=start.time,
        before_id=start.id,
        count=query.limit + 1,
    )
    page, next_cursor = cut_page(found, limit=query.limit)
    return ProjectPage(
        projects=[ProjectDocument.model_validate(one) for one in page], next_cursor=next_cursor
    )


@router.get("/{project_id}", responses=documented(401, 404))
async def show(project_id: UUID, visit: Reading) -> ProjectDocument:
    """Return one of the viewer's projects; `GET jobs?project=…` lists its jobs."""
    found = await projects.get_project(visit.tx, project_id=project_id, user_id=visit.viewer.user_id)
    if found is None:
        raise Missing("There is no such project.")
    return ProjectDocument.model_validate(found)


@router.patch("/{project_id}", responses=documented(401, 404))
async def change(project_id: UUID, body: ProjectBody, services: Wired, viewer: SignedIn) -> ProjectDocument:
    """Call a project something else."""
    return ProjectDocument.model_validate(
        await actions.rename_project(services.database, viewer, project_id=project_id, name=body.name)
    )


@router.delete("/{project_id}", status_code=204, responses=documented(401, 404))
async def delete(project_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Remove a project; its jobs stay, and belong to none."""
    await actions.delete_project(services.database, viewer, project_id=project_id)
