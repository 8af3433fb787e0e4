"""The viewer's videos, a page at a time, in OpenAI's words."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from rushes.db import openai
from rushes.domain.openai_ids import read_video_id
from rushes.errors import FieldProblem, InvalidFields, Missing
from rushes.web.api.cursors import START, Cursor
from rushes.web.deps import Reading, Visit
from rushes.web.openai.documents import OpenAIVideoPage, show_videos
from rushes.web.openai.refusals import documented_refusals

router = APIRouter(prefix="/videos")

_OLDEST = Cursor(time=datetime(1, 1, 2, tzinfo=UTC), id=UUID(int=0))


class Order(StrEnum):
    """By when they were created."""

    ASC = "asc"
    DESC = "desc"


@router.get("", responses=documented_refusals())
async def list_videos(
    visit: Reading,
    after: Annotated[
        str | None, Query(max_length=100, description="The `last_id` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many.")] = 20,
    order: Annotated[Order, Query(description="Newest first is `desc`.")] = Order.DESC,
) -> OpenAIVideoPage:
    """Return a page of the viewer's videos: all of his jobs that make no picture, whoever asked for them."""
    start = await _find_start(visit, after, order)
    found = await openai.list_films(
        visit.tx,
        user_id=visit.viewer.user_id,
        time=start.time,
        after=start.id,
        count=limit + 1,
        oldest_first=order is Order.ASC,
    )
    data = await show_videos(visit.tx, found[:limit])
    return OpenAIVideoPage(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=len(found) > limit,
    )


async def _find_start(visit: Visit, after: str | None, order: Order) -> Cursor:
    if after is None:
        return START if order is Order.DESC else _OLDEST
    try:
        job_id = read_video_id(after)
    except Missing:
        job_id = UUID(int=0)
    created = await openai.get_created(visit.tx, job_id=job_id, user_id=visit.viewer.user_id)
    if created is None:
        raise InvalidFields(fields=(FieldProblem(field="after", message="There is no such video."),))
    return Cursor(time=created, id=job_id)
