from typing import Any

import httpx
import pytest

REFUSAL = {"application/json": {"schema": {"$ref": "#/components/schemas/OpenAIRefusal"}}}


@pytest.fixture
async def operations(url: str) -> dict[str, dict[str, Any]]:
    """What the document says of the dialect, by method and path."""
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as plain:
        document = (await plain.get("/openapi.json")).json()
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
    }


async def test_every_route_is_documented(operations: dict[str, dict[str, Any]]) -> None:
    assert set(operations) == {
        "post /v1/videos",
        "get /v1/videos",
        "get /v1/videos/{video}",
        "delete /v1/videos/{video}",
        "get /v1/videos/{video}/content",
        "post /v1/videos/{video}/remix",
        "post /v1/images/generations",
        "post /v1/images/edits",
        "get /v1/models",
        "get /v1/models/{model}",
    }
    assert {tag for operation in operations.values() for tag in operation["tags"]} == {"OpenAI dialect"}


async def test_every_refusal_is_in_the_words_of_the_dialect(operations: dict[str, dict[str, Any]]) -> None:
    refusals = [
        answer["content"]
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    ]

    assert len(refusals) > 50
    assert [one for one in refusals if one != REFUSAL] == []


async def test_a_video_is_asked_for_in_json_or_in_a_form(operations: dict[str, dict[str, Any]]) -> None:
    content = operations["post /v1/videos"]["requestBody"]["content"]

    form, plain = (
        content[kind]["schema"]["properties"] for kind in ("multipart/form-data", "application/json")
    )
    assert set(form) == set(plain)
    assert {"type": "string", "format": "binary"} in form["input_reference"]["anyOf"]
