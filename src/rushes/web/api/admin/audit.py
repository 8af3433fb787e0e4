"""What administrators did."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from rushes.db import audit
from rushes.domain.audit import COMMAND_LINE_NAME, AuditAction, AuditEntry, TargetType
from rushes.web.api.admin.access import CursorText, Limit, Overview
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.wording import Text
from rushes.web.errors import documented

router = APIRouter(prefix="/audit", tags=["admin"])

_ACTOR = f"The account's address when it acted, or `{COMMAND_LINE_NAME}`."


class AuditDocument(BaseModel):
    """One act of an administrator."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    actor_id: Annotated[UUID | None, Field(description="The account; null for the command line.")]
    actor: Annotated[str, Field(description=_ACTOR, examples=["ada@example.org"])]
    action: AuditAction
    target_type: TargetType
    target: Annotated[str, Field(description="Its id, name or slug.", examples=["cpu"])]
    before: Annotated[
        dict[str, Any] | None, Field(description="What was changed, as it was; null for what was not there.")
    ]
    after: Annotated[dict[str, Any] | None, Field(description="The same as it became.")]
    request_id: Annotated[str | None, Field(description="What the server's log calls the request.")]
    created_at: datetime

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Show an entry to an administrator."""
        return cls.model_validate(entry)


class AuditPage(BaseModel):
    """A page of the audit log, newest first."""

    entries: list[AuditDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


@router.get("", responses=documented(401, 403))
async def list_audit(
    tx: Overview,
    actor: Annotated[Text | None, Query(max_length=254, description=_ACTOR)] = None,
    action: Annotated[AuditAction | None, Query(description="What was done.")] = None,
    target_type: Annotated[TargetType | None, Query(description="To what kind of thing.")] = None,
    target: Annotated[
        Text | None, Query(max_length=254, description="To which: an id, name or slug.")
    ] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> AuditPage:
    """Return a page of the audit log, newest first. It is never altered."""
    start = read_cursor(cursor)
    found = await audit.list_entries(
        tx,
        actor=actor,
        action=action,
        target_type=target_type,
        target=target,
        before_time=start.time,
        before_id=start.id,
        count=limit + 1,
    )
    page, next_cursor = cut_page(found, limit=limit)
    return AuditPage(entries=[AuditDocument.of(entry) for entry in page], next_cursor=next_cursor)
