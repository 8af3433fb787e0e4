"""The page of what administrators did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from rushes.db import audit
from rushes.domain.audit import AuditAction, AuditEntry, TargetType
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.pages.admin.access import PAGE_ROWS, Oversight, render_admin
from rushes.web.pages.admin.listing import ListQuery, Words, none_if_empty

router = APIRouter(prefix="/audit")

_HERE = "/admin/audit"
_PLACES: Mapping[TargetType, str] = {
    TargetType.USER: "/admin/users/{}",
    TargetType.JOB: "/admin/jobs/{}",
    TargetType.LANE: "/admin/lanes",
    TargetType.MODEL: "/admin/models",
    TargetType.WORKER: "/admin/workers",
}


class AuditQuery(ListQuery):
    """Which entries to list."""

    actor: Words = None
    action: Annotated[AuditAction | None, BeforeValidator(none_if_empty)] = None
    target_type: Annotated[TargetType | None, BeforeValidator(none_if_empty)] = None
    target: Words = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value of a thing before and after, in words; nothing before for what was not there."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry with what it changed in words; `href` leads to its target."""

    entry: AuditEntry
    href: str
    changes: Sequence[Change]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Show an entry to an administrator."""
        before: Mapping[str, Any] = entry.before or {}
        changes = [
            Change(
                name=name.replace("_", " "),
                before=_word(before[name]) if name in before else None,
                after=_word(value),
            )
            for name, value in (entry.after or {}).items()
        ]
        return cls(entry=entry, href=_PLACES[entry.target_type].format(entry.target), changes=changes)


@router.get("")
async def show(request: Request, visit: Oversight, query: Annotated[AuditQuery, Query()]) -> Response:
    """Show a page of the audit log, newest first."""
    start = read_cursor(query.cursor)
    found = await audit.list_entries(
        visit.tx,
        actor=query.actor,
        action=query.action,
        target_type=query.target_type,
        target=query.target,
        before_time=start.time,
        before_id=start.id,
        count=PAGE_ROWS + 1,
    )
    page, next_cursor = cut_page(found, limit=PAGE_ROWS)
    return await render_admin(
        request,
        visit,
        "audit.html",
        tab=_HERE,
        lines=[Line.of(entry) for entry in page],
        query=query,
        older=query.next_page(_HERE, next_cursor),
        actions=list(AuditAction),
        target_types=list(TargetType),
    )


def _word(value: Any) -> str:
    match value:
        case None | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case _:
            return orjson.dumps(value).decode()
