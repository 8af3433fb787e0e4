"""What handlers ask for: the services, the viewer, and a transaction that sees what the viewer owns."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.outgoing.client import OutgoingClient
from rushes.web.credentials import Credential, enter, read_credential, require_same_origin
from rushes.web.hub import Hub
from rushes.web.limiting import Rate, RateLimits
from rushes.web.live import Live
from rushes.web.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One open transaction and the viewer that it belongs to."""

    tx: Tx
    viewer: Viewer


# Dependencies that are no coroutines would each take a turn in a thread: that costs more than all they do.
async def _services(request: Request) -> Services:
    return request.app.state.services


async def _live(request: Request) -> Live:
    return request.app.state.live


async def _hub(request: Request) -> Hub:
    return request.app.state.hub


async def _rate_limits(request: Request) -> RateLimits:
    return request.app.state.rate_limits


async def _outgoing(request: Request) -> OutgoingClient:
    return request.app.state.outgoing


Wired = Annotated[Services, Depends(_services)]
"""What the process was started with."""

Fanout = Annotated[Live, Depends(_live)]
"""The process's ear to the database."""

Streams = Annotated[Hub, Depends(_hub)]
"""Who follows which jobs in this process."""

Limits = Annotated[RateLimits, Depends(_rate_limits)]
"""The counters of who tries how often."""

Guard = Annotated[OutgoingClient, Depends(_outgoing)]
"""Knows where requests may go."""


async def _credential(request: Request, services: Wired) -> Credential:
    return read_credential(request, services.secret)


Proof = Annotated[Credential, Depends(_credential)]
"""What the request proves itself with, not yet checked against the database."""


# These two stand before most handlers: what they need they take from the request, for each dependency of a
# dependency is solved anew, however often it is asked for.
async def _viewer(request: Request) -> Viewer:
    services: Services = request.app.state.services
    credential = read_credential(request, services.secret)
    # One statement, which commits by itself: the action opens a transaction of its own.
    async with services.database.autocommit() as tx:
        viewer = await enter(tx, credential)
    request.state.viewer = viewer
    return viewer


async def _visit(request: Request) -> AsyncGenerator[Visit]:
    services: Services = request.app.state.services
    credential = read_credential(request, services.secret)
    async with services.database.transaction() as tx:
        yield Visit(tx=tx, viewer=await enter(tx, credential))


open_visit = asynccontextmanager(_visit)
"""What `Reading` gives, for routes that find their arguments by themselves."""

SignedIn = Annotated[Viewer, Depends(_viewer)]
"""The viewer, for handlers that call an action: it opens its own transaction."""

# It ends before the answer is sent: a slow reader must not hold a connection.
Reading = Annotated[Visit, Depends(_visit, scope="function")]
"""The viewer and a transaction, for handlers that only read."""


def limited(rate: Rate) -> Any:
    """Return a dependency for routes that a viewer may use only so often; document their 429."""

    async def count(request: Request, viewer: SignedIn, rate_limits: Limits) -> None:
        rate_limits.count(rate, request, str(viewer.user_id))

    return Depends(count)


async def _same_origin(request: Request) -> None:
    require_same_origin(request)


SameOrigin = Depends(_same_origin)
"""For forms that need no session, such as the one that opens it."""
