"""The application with everybody who asks it in the matrix, and how each of them asks."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from rushes.db.pool import WEB_ROLE, Database, open_database
from rushes.domain.media import MediaLimits
from rushes.storage.store import Storage, local_storage
from rushes.web.credentials import COOKIE
from rushes.web.limiting import RateRules
from rushes.web.services import Services
from tests.belongings import read_rows
from tests.factories import make_painter, make_post_model
from tests.web.admins import make_admin
from tests.web.matrix import Owner, make_owner
from tests.web.matrix_asking import HOST, Answer, ask, converse
from tests.web.matrix_more_routes import WORKER
from tests.web.matrix_routes import Route, Visitor
from tests.web.people import SECRET, Person, make_person
from tests.web.site import started, visiting

SET_DISABLED = "UPDATE users SET disabled_at = CASE WHEN $2 THEN now() END WHERE id = $1"
INSERT_WORKER = """
    INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version, heartbeat_at)
    VALUES ($1::text::uuid, 'one', 'host', 1, '{cpu}', '{motion}', 1, '0', now() + interval '1 day')
"""
MANY = 1_000_000
METRICS_TOKEN = "for the scraper"


@dataclass(frozen=True, kw_only=True)
class World:
    """The application and its database, for as many owners as there are tests."""

    app: FastAPI
    client: httpx.AsyncClient
    database: Database
    storage: Storage
    folder: Path

    async def make_cast(self) -> "Cast":
        """An owner with everything, somebody else and an administrator."""
        return Cast(
            world=self,
            owner=await make_owner(self.database, self.client, self.storage),
            other=await make_person(self.database, self.client),
            admin=await make_admin(self.database, self.client),
        )


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who asks one route."""

    world: World
    owner: Owner
    other: Person
    admin: Person

    async def visit(self, route: Route, visitor: Visitor, things: Mapping[str, str] | None = None) -> Answer:
        """Ask a route for the owner's things, or for others, as one of the visitors."""
        named = dict(self.owner.things if things is None else things)
        named |= {"fresh_email": f"{uuid4().hex}@example.org", "fresh_slug": f"m{uuid4().hex}"}
        target = target_of(route, named, is_forged=visitor is Visitor.FORGED)
        headers = _filled(route.headers, named) | self._credential(route, visitor)
        sent = _filled(route.sent, named)
        if route.method == "WS":
            return await converse(self.world.app, target, headers, sent["messages"])
        return await ask(self.world.app, route.method, target, headers, sent, streams=route.streams)

    @asynccontextmanager
    async def prepared(self, visitor: Visitor) -> AsyncIterator[None]:
        """Disable the owner's account while a visit with it lasts."""
        if visitor is not Visitor.DISABLED:
            yield
            return
        await self._set_disabled(disabled=True)
        yield
        await self._set_disabled(disabled=False)

    async def read_owner(self) -> dict[str, Any]:
        """Everything that is kept of the owner, his files too."""
        paths = sorted(self.world.folder.glob(f"*/{self.owner.user_id}/**/*"))
        files = {str(path): path.read_bytes() for path in paths if path.is_file()}
        return await self.read_rows(self.owner.person) | {"files": files}

    async def read_rows(self, person: Person) -> dict[str, Any]:
        """Every row that is kept of somebody."""
        return await read_rows(self.world.database, person.viewer.user_id)

    async def _set_disabled(self, *, disabled: bool) -> None:
        async with self.world.database.transaction() as tx:
            await tx.execute(SET_DISABLED, self.owner.user_id, disabled)

    def _credential(self, route: Route, visitor: Visitor) -> dict[str, str]:
        accept = {"Accept": "text/html"} if route.is_page else {}
        match visitor:
            case Visitor.ANONYMOUS:
                return accept | ({"Origin": f"http://{HOST}"} if route.is_page else {})
            case Visitor.KEY:
                return accept | _bearer(self.owner.key)
            case Visitor.REVOKED_KEY:
                return accept | _bearer(self.owner.revoked_key)
            case _:
                token = self._token(visitor)
        if route.is_page:
            return accept | {"Cookie": f"{COOKIE}={token}", "Origin": f"http://{HOST}"}
        return _bearer(token)

    def _token(self, visitor: Visitor) -> str:
        person = {Visitor.OTHER: self.other, Visitor.ADMIN: self.admin}.get(visitor, self.owner.person)
        session_id = str(person.viewer.session_id)
        if visitor is Visitor.ENDED:
            session_id = self.owner.things["ended_session"]
        lifetime = timedelta(minutes=-1) if visitor is Visitor.EXPIRED else timedelta(hours=1)
        claims = {"sub": str(person.viewer.user_id), "sid": session_id, "exp": datetime.now(UTC) + lifetime}
        secret = SECRET[::-1] if visitor is Visitor.FORGED else SECRET
        return jwt.encode(claims, secret, algorithm="HS256")


@asynccontextmanager
async def make_world(url: str, folder: Path) -> AsyncIterator[World]:
    """The application over a database of its own, with models that take any kind of job."""
    storage = local_storage(folder)
    database = await open_database(url, role=None, connections=2)
    web = await open_database(url, role=WEB_ROLE, connections=8)
    await make_painter(database)
    await make_post_model(database)
    async with database.transaction() as tx:
        await tx.execute(INSERT_WORKER, WORKER)
    services = Services(
        database=web,
        listen_url=url,
        storage=storage,
        secret=SECRET,
        limits=MediaLimits(),
        rates=RateRules(address_factor=MANY),
        check_wait=timedelta(0),
        test_wait=timedelta(0),
        image_wait=timedelta(0),
        metrics_token=METRICS_TOKEN,
    )
    async with started(services) as app, visiting(app) as client:
        yield World(app=app, client=client, database=database, storage=storage, folder=folder)
    await web.close()
    await database.close()


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and path that an application answers; sockets are of the method `WS`."""
    return {
        (method, str(context.path))
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ("WS",)
    }


def target_of(route: Route, things: Mapping[str, str], *, is_forged: bool = False) -> str:
    """The address of a request."""
    places = route.forged if is_forged and route.forged else route.at
    target = route.path
    for name, thing in places.items():
        value = thing[1:] if thing.startswith("=") else things.get(thing, thing)
        match name:
            case "":
                return value
            case "?":
                query, _, wanted = thing.rpartition("=")
                target += f"?{query}={things[wanted.removeprefix('$')]}"
            case _:
                target = target.replace(f"{{{name}}}", value)
    return target


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _filled(value: Any, things: Mapping[str, str]) -> Any:
    """A body with the things that it names."""
    match value:
        case str() if value.startswith("$"):
            return things[value[1:]]
        case Mapping():
            return {name: _filled(one, things) for name, one in value.items()}
        case list():
            return [_filled(one, things) for one in value]
        case _:
            return value
