"""Groups: the jobs that were submitted at once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field

from rushes.db.groups import get_group
from rushes.db.job_search import JobFilter
from rushes.errors import Missing
from rushes.web.api.job_documents import JobPage
from rushes.web.api.job_filters import PageQuery
from rushes.web.api.jobs import page_values
from rushes.web.deps import Reading
from rushes.web.errors import documented

router = APIRouter(prefix="/groups", tags=["groups"])


class GroupDocument(JobPage):
    """Jobs that were submitted at once, a page of them; the newest is first."""

    id: UUID
    created_at: Annotated[datetime, Field(description="When they were submitted.")]


@router.get("/{group_id}", responses=documented(401, 404))
async def show(
    group_id: UUID, request: Request, visit: Reading, query: Annotated[PageQuery, Query()]
) -> GroupDocument:
    """Return one of the viewer's groups with its jobs, and how many of them are in each state."""
    group = await get_group(visit.tx, group_id=group_id, user_id=visit.viewer.user_id)
    if group is None:
        raise Missing("There is no such group.")
    wanted = JobFilter(group_id=group.id)
    page = await page_values(request, visit, wanted, limit=query.limit, cursor=query.cursor)
    return GroupDocument(id=group.id, created_at=group.created_at, **page)
