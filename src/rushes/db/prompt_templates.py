"""The templates that their owners put prompts into."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import PromptTemplateId, UserId
from rushes.domain.prompts import PromptTemplate, Strategy

_queries = load("prompt_templates")


async def insert_template(
    tx: Tx, *, template_id: PromptTemplateId, user_id: UserId, name: str, body: str, strategy: Strategy
) -> PromptTemplate | None:
    """Keep a template; `None` if the viewer has one of this name."""
    row = await _queries.insert_template(
        tx, id=template_id, user_id=user_id, name=name, body=body, strategy=strategy
    )
    return row and _template(row)


async def list_templates(
    tx: Tx, *, user_id: UserId, before_time: datetime, before_id: UUID, count: int
) -> list[PromptTemplate]:
    """Return a page of the viewer's templates, newest first."""
    rows = _queries.list_templates(
        tx, user_id=user_id, before_time=before_time, before_id=before_id, count=count
    )
    return [_template(row) async for row in rows]


async def get_template(tx: Tx, *, template_id: UUID, user_id: UserId) -> PromptTemplate | None:
    """Return one template of the viewer."""
    row = await _queries.get_template(tx, id=template_id, user_id=user_id)
    return row and _template(row)


async def get_template_by_name(tx: Tx, *, name: str, user_id: UserId) -> PromptTemplate | None:
    """Return the viewer's template of a name."""
    row = await _queries.get_template_by_name(tx, name=name, user_id=user_id)
    return row and _template(row)


async def lock_template(tx: Tx, *, template_id: UUID, user_id: UserId) -> PromptTemplate | None:
    """Take one template of the viewer until the transaction ends."""
    row = await _queries.lock_template(tx, id=template_id, user_id=user_id)
    return row and _template(row)


async def write_template(tx: Tx, template: PromptTemplate, *, user_id: UserId) -> PromptTemplate | None:
    """Change a locked template; `None` if another of the viewer's has this name."""
    row = await _queries.write_template(
        tx,
        id=template.id,
        user_id=user_id,
        name=template.name,
        body=template.body,
        strategy=template.strategy,
    )
    return row and _template(row)


async def delete_template(tx: Tx, *, template_id: UUID, user_id: UserId) -> bool:
    """Remove a template of the viewer; `False` if he has no such one."""
    return await _queries.delete_template(tx, id=template_id, user_id=user_id) is not None


def _template(row: Any) -> PromptTemplate:
    return PromptTemplate(
        id=PromptTemplateId(row["id"]),
        name=row["name"],
        body=row["body"],
        strategy=Strategy(row["strategy"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
