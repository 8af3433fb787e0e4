"""Who may administer: the role is read with the credential, and checked again by the database."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, Query, Request

from rushes.actions.admin import administering
from rushes.db.pool import Tx
from rushes.domain.accounts import Role
from rushes.domain.audit import Actor
from rushes.errors import Denied
from rushes.web.deps import SignedIn, Wired

Limit = Annotated[int, Query(ge=1, le=100, description="How many at the most.")]
CursorText = Annotated[str | None, Query(alias="cursor", description="`next_cursor` of the page before.")]


async def _actor(request: Request, viewer: SignedIn) -> Actor:
    if viewer.role is not Role.ADMIN:
        raise Denied("Only administrators may do this.")
    return Actor(user_id=viewer.user_id, request_id=request.state.request_id)


Administrator = Annotated[Actor, Depends(_actor)]
"""The administrator, for handlers that call an action: it opens its own transaction."""


async def _overview(services: Wired, actor: Administrator) -> AsyncGenerator[Tx]:
    async with administering(services.database, actor) as tx:
        yield tx


# It ends before the answer is sent: a slow reader must not hold a connection.
Overview = Annotated[Tx, Depends(_overview, scope="function")]
"""A transaction that sees the rows of all accounts, for handlers that only read."""
