"""What handlers ask for: the services, the viewer, and a transaction that sees what the viewer owns."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.web.credentials import Credential, enter, read_credential, require_same_origin
from rushes.web.limiting import RateLimits
from rushes.web.live import Live
from rushes.web.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One open transaction and the viewer that it belongs to."""

    tx: Tx
    viewer: Viewer


def _services(request: Request) -> Services:
    return request.app.state.services


def _live(request: Request) -> Live:
    return request.app.state.live


def _rate_limits(request: Request) -> RateLimits:
    return request.app.state.rate_limits


Wired = Annotated[Services, Depends(_services)]
"""What the process was started with."""

Fanout = Annotated[Live, Depends(_live)]
"""The process's ear to the database."""

Limits = Annotated[RateLimits, Depends(_rate_limits)]
"""The counters of who tries how often."""


async def _credential(request: Request, services: Wired) -> Credential:
    return read_credential(request, services.secret)


Proof = Annotated[Credential, Depends(_credential)]
"""What the request proves itself with, not yet checked against the database."""


async def _viewer(request: Request, services: Wired, credential: Proof) -> Viewer:
    async with services.database.transaction() as tx:
        viewer = await enter(tx, credential)
    request.state.viewer = viewer
    return viewer


async def _visit(services: Wired, credential: Proof) -> AsyncGenerator[Visit]:
    async with services.database.transaction() as tx:
        yield Visit(tx=tx, viewer=await enter(tx, credential))


SignedIn = Annotated[Viewer, Depends(_viewer)]
"""The viewer, for handlers that call an action: it opens its own transaction."""

# It ends before the answer is sent: a slow reader must not hold a connection.
Reading = Annotated[Visit, Depends(_visit, scope="function")]
"""The viewer and a transaction, for handlers that only read."""

SameOrigin = Depends(require_same_origin)
"""For forms that need no session, such as the one that opens it."""
