import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    """The document as clients fetch it."""
    return (await client.get("/openapi.json")).json()


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation that the document describes."""
    for path in document["paths"].values():
        yield from (operation for method, operation in path.items() if method in METHODS)


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    match node:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for value in node.values():
                yield from references(value)
        case list():
            for value in node:
                yield from references(value)


async def test_every_operation_is_named_once_and_described(document: dict[str, Any]) -> None:
    found = list(operations(document))

    assert len({operation["operationId"] for operation in found}) == len(found)
    assert [operation["operationId"] for operation in found if not operation.get("description")] == []


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}

    assert names <= set(document["components"]["schemas"])


async def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    refusals = [
        answer
        for operation in operations(document)
        # OpenAI's API has errors of its own.
        if operation["tags"] != ["OpenAI dialect"]
        for status, answer in operation["responses"].items()
        if status >= "400" and status != "416"
    ]

    assert {tuple(answer["content"]) for answer in refusals} == {("application/problem+json",)}
    assert "HTTPValidationError" not in json.dumps(document)


async def test_pages_are_no_part_of_it(document: dict[str, Any]) -> None:
    prefixes = ("/api/v1/", "/v1/", "/media/", "/healthz", "/readyz")

    assert [path for path in document["paths"] if not path.startswith(prefixes)] == []
