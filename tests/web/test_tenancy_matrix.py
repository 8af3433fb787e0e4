"""Every route × every kind of visitor: who is answered what, what leaks, and what changes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.belongings import ids_in
from tests.db.servers import execute, of_database
from tests.web.matrix_asking import ask
from tests.web.matrix_more_routes import ROUTES
from tests.web.matrix_routes import SIGNED_IN, STRANGERS, Route, Visitor
from tests.web.matrix_watch import Watch
from tests.web.matrix_world import METRICS_TOKEN, Cast, World, make_world, routes_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def world_url(server_url: str, template: str) -> Iterator[str]:
    """The owner's URL of a database for this module."""
    name = f"matrix_{uuid4().hex}"
    asyncio.run(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield of_database(server_url, name)
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(world_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The application that all tests here ask."""
    async with make_world(world_url, tmp_path_factory.mktemp("matrix")) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def cast(world: World) -> Cast:
    """An owner of the test's own, and who else asks."""
    return await world.make_cast()


def strangers_of(route: Route) -> list[Visitor]:
    """Who asks a route before its owner does."""
    if not route.is_costly:
        return list(STRANGERS)
    if route.is_open:
        return [Visitor.ANONYMOUS, Visitor.OTHER]
    # The administrator's password would be hashed too; all others are refused before theirs is.
    return [visitor for visitor in STRANGERS if visitor is not Visitor.ADMIN]


async def test_every_route_is_in_the_matrix(world: World) -> None:
    served, known = routes_of(world.app), {(route.method, route.path) for route in ROUTES}

    assert not served - known, (
        "add a Route to tests/web/matrix_routes.py or matrix_more_routes.py that says who is answered what: "
        f"{sorted(served - known)}"
    )
    assert not known - served, f"take out of the matrix what is no longer served: {sorted(known - served)}"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_each_visitor_gets_what_is_his_and_no_more(cast: Cast, route: Route) -> None:
    watch = await Watch.begin(cast, route)

    for visitor in strangers_of(route):
        await watch.visit(visitor)
    for visitor in SIGNED_IN if route.names_things and not route.tells else ():
        await watch.compare(visitor)
    await watch.look_for_traces()
    for visitor in (Visitor.KEY, Visitor.OWNER) if route.is_safe else (Visitor.OWNER,):
        await watch.ask_as_owner(visitor)

    assert watch.found == []


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.is_telling], ids=lambda route: route.name
)
async def test_what_strangers_must_not_see_is_shown_to_the_owner(cast: Cast, route: Route) -> None:
    answer = await cast.visit(route, Visitor.OWNER)

    assert cast.owner.marker in answer.body


async def test_metrics_tell_the_scraper_of_nobody(cast: Cast) -> None:
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}

    answer = await ask(cast.world.app, "GET", "/metrics", headers, {}, streams=False)

    assert answer.status == 200
    assert cast.owner.marker not in answer.body
    assert not ids_in(answer.body) & ids_in(await cast.read_owner())
