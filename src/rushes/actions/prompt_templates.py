"""Making, changing and deleting prompt templates."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.db import prompt_templates
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import PromptTemplateId
from rushes.domain.prompts import PromptTemplate, Strategy
from rushes.errors import Conflict, Missing


async def create_template(
    database: Database, viewer: Viewer, *, name: str, body: str, strategy: Strategy
) -> PromptTemplate:
    """Keep a template.

    Raises:
        Conflict: The viewer has one of this name.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        made = await prompt_templates.insert_template(
            tx,
            template_id=PromptTemplateId(uuid7()),
            user_id=viewer.user_id,
            name=name,
            body=body,
            strategy=strategy,
        )
    if made is None:
        raise _taken(name)
    return made


async def change_template(
    database: Database, viewer: Viewer, *, template_id: UUID, changes: Mapping[str, Any]
) -> PromptTemplate:
    """Change some of `name`, `body` and `strategy` of a template.

    Raises:
        Missing: The viewer has no such template.
        Conflict: He has another one of this name.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        template = await prompt_templates.lock_template(tx, template_id=template_id, user_id=viewer.user_id)
        if template is None:
            raise Missing("There is no such template.")
        wanted = replace(template, **changes)
        changed = await prompt_templates.write_template(tx, wanted, user_id=viewer.user_id)
    if changed is None:
        raise _taken(wanted.name)
    return changed


async def delete_template(database: Database, viewer: Viewer, *, template_id: UUID) -> None:
    """Remove a template; jobs whose prompt it made stay as they are.

    Raises:
        Missing: The viewer has no such template.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        if not await prompt_templates.delete_template(tx, template_id=template_id, user_id=viewer.user_id):
            raise Missing("There is no such template.")


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a template named {name!r} already.")
