"""The document says everything: what each call is about, what can go wrong, what each field means."""

from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest

from rushes.web.openapi import TAGS
from tests.web.test_openapi import METHODS


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    """The document as clients fetch it."""
    return (await client.get("/openapi.json")).json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its method and path."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def silent(document: dict[str, Any], status: str) -> list[str]:
    """The operations that do not say that they can end in a status."""
    return [name for name, operation in operations(document) if status not in operation["responses"]]


def examples(document: dict[str, Any], node: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Every example below a node with the schema that it is an example of."""
    match node:
        case dict():
            if isinstance(node.get("examples"), list) and ("type" in node or "anyOf" in node):
                yield from ((example, node) for example in node["examples"])
            for value in node.values():
                yield from examples(document, value)
        case list():
            for value in node:
                yield from examples(document, value)


async def test_every_operation_has_a_summary_and_known_tags(document: dict[str, Any]) -> None:
    nameless = [name for name, operation in operations(document) if not operation.get("summary")]
    used = {tag for _, operation in operations(document) for tag in operation["tags"]}

    assert nameless == []
    assert used == {tag["name"] for tag in document["tags"]} == set(TAGS)
    assert all(tag["description"] for tag in document["tags"])


async def test_whatever_asks_who_somebody_is_can_answer_401(document: dict[str, Any]) -> None:
    secured = {name for name, operation in operations(document) if operation.get("security") != []}

    assert secured & set(silent(document, "401")) == set()


@pytest.mark.parametrize("status", ["422", "500", "503"])
async def test_every_operation_tells_of_wrong_input_and_outages(
    document: dict[str, Any], status: str
) -> None:
    assert silent(document, status) == []


async def test_every_call_of_administrators_can_be_denied(document: dict[str, Any]) -> None:
    assert [name for name in silent(document, "403") if "/admin/" in name] == []


async def test_whatever_names_a_thing_by_its_id_can_miss_it(document: dict[str, Any]) -> None:
    by_id = [name for name, _ in operations(document) if name.endswith("_id}")]

    assert set(by_id) & set(silent(document, "404")) == set()


async def test_every_field_says_what_it_means(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    unsaid = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, of_field in schema.get("properties", {}).items()
        if not of_field.get("description") and "$ref" not in of_field
    ]

    assert unsaid == [], "\n".join(unsaid)


async def test_every_schema_says_what_it_is(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


async def test_examples_are_what_their_schemas_allow(document: dict[str, Any]) -> None:
    found = list(examples(document, document["components"]["schemas"]))

    wrong = [
        (example, schema.get("description"))
        for example, schema in found
        if not jsonschema.Draft202012Validator(schema | {"components": document["components"]}).is_valid(
            example
        )
    ]

    assert len(found) > 20
    assert wrong == []
