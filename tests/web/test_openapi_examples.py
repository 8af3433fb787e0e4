"""The bodies that the document shows work: each is sent, with ids of the asker's own things."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from scripts.api_page import describe
from tests.web.matrix_more_routes import ROUTES
from tests.web.matrix_routes import Route, Visitor
from tests.web.matrix_world import make_world
from tests.web.people import API

PLACEHOLDER = re.compile(r"01990000-0000-7000-8000-00000000000(\d)")
STAND_FOR = ["", "reference", "motion", "completed", "queued", "failed", "project", "template"]
"""What an id stands for, by its last figure."""

NOBODY_PAINTS = 504
"""The answer of who waits for a picture that no worker makes: it was asked for as it should be."""


@pytest.fixture(scope="module")
def operations() -> dict[str, dict[str, Any]]:
    """What each call that takes JSON says of its body."""
    return {
        f"{method.upper()} {path}": operation["requestBody"]["content"]["application/json"]
        for path, item in describe()["paths"].items()
        for method, operation in item.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }


def bodies(content: Mapping[str, Any]) -> list[Any]:
    """The bodies that a call shows."""
    return [example["value"] for example in content["examples"].values()]


def route_of(call: str, body: Any, things: Mapping[str, str]) -> Route:
    """A call with a body, of the things that the matrix names in its path."""
    known = next(route for route in ROUTES if f"{route.method} {route.path}" == call)
    own = PLACEHOLDER.sub(lambda found: things[STAND_FOR[int(found[1])]], orjson.dumps(body).decode())
    # No name is looked up where there is no network.
    own = own.replace("https://example.org/", "https://93.184.215.14/")
    return Route(method=known.method, path=known.path, at=known.at, sent={"json": orjson.loads(own)})


def without_passwords(operations: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Each call with each body that does not ask for a password."""
    for call, content in operations.items():
        yield from ((call, body) for body in bodies(content) if "password" not in str(body))


def test_every_call_that_takes_a_document_shows_one(operations: dict[str, dict[str, Any]]) -> None:
    assert len(operations) > 30
    assert [call for call, content in operations.items() if not content.get("examples")] == []


async def test_what_is_shown_works(
    database_url: str, tmp_path: Path, operations: dict[str, dict[str, Any]]
) -> None:
    failed: list[str] = []
    async with make_world(database_url, tmp_path) as world:
        for call, body in without_passwords(operations):
            cast = await world.make_cast()
            visitor = Visitor.ADMIN if "/admin/" in call else Visitor.OWNER
            answer = await cast.visit(route_of(call, body, cast.owner.things), visitor)
            if answer.status >= 400 and answer.status != NOBODY_PAINTS:
                failed.append(f"{call} {body}: {answer.status} {answer.body}")

    assert not failed, "\n".join(failed)


async def test_an_account_is_made_and_used_as_it_is_shown(
    database_url: str, tmp_path: Path, operations: dict[str, dict[str, Any]]
) -> None:
    calls = ["auth/register", "auth/login", "me", "auth/password"]
    headers: dict[str, str] = {}
    async with make_world(database_url, tmp_path) as world:
        for name in calls:
            path = f"{API}/{name}"
            method = "PATCH" if name == "me" else "POST"
            for body in bodies(operations[f"{method} {path}"]):
                answer = await world.client.request(method, path, json=body, headers=headers)
                assert answer.is_success, (name, answer.text)
                if name == "auth/login":
                    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
