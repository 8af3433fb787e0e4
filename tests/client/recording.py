"""A wire that no server hears: it answers as the OpenAPI document promises, and keeps what was asked."""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import httpx

from rushes.client.wire import Answer, Request

P = ParamSpec("P")
T = TypeVar("T")

SAMPLES = {"uuid": "0199c0de-0000-7000-8000-000000000000", "date-time": "2026-01-01T00:00:00Z"}
API = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: which operation of the document it is, and what it says."""

    operation: str
    query: set[str]
    fields: set[str]


class RecordingWire:
    """Answers every request by the document; what may be null is, unless answers are to be whole."""

    def __init__(self, document: dict[str, Any], *, whole: bool) -> None:
        self.asked: list[Asked] = []
        self._document = document
        self._whole = whole

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[Answer]:
        operation = self._find(request)
        if operation is None:  # the address that a file is sent to
            yield _answer(b"", "text/plain")
            return
        body = b"" if request.body is None else b"".join([chunk async for chunk in request.body()])
        query = {name for name, value in request.params.items() if value not in (None, [])}
        is_json = request.headers.get("Content-Type") == "application/json"
        fields = set(json.loads(body)) if is_json else _form_fields(body)
        self.asked.append(Asked(operation=operation["operationId"], query=query, fields=fields))
        yield self._promised(operation)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing is to be waited for, not even {seconds} s")

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    async def close(self) -> None:
        pass

    def _find(self, request: Request) -> dict[str, Any] | None:
        path = httpx.URL(request.url).path
        # The least open one first: /jobs/bulk is no id of a job.
        for template in sorted(self._document["paths"], key=lambda template: template.count("{")):
            operation = self._document["paths"][template].get(request.method.lower())
            if operation and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return operation
        return None

    def _promised(self, operation: Mapping[str, Any]) -> Answer:
        found = next(answer for status, answer in operation["responses"].items() if status[0] == "2")
        for media_type, content in found.get("content", {}).items():
            if media_type == "text/event-stream":
                job = self._sample({"$ref": "#/components/schemas/JobDocument"})
                return _answer(f"event: snapshot\ndata: {json.dumps(job)}\n\n".encode(), media_type)
            return _answer(json.dumps(self._sample(content["schema"])).encode(), media_type)
        return _answer(b"", "text/plain")

    def _sample(self, schema: Mapping[str, Any]) -> Any:
        """Return a value that a schema allows."""
        match schema:
            case {"$ref": str(reference)}:
                return self._sample(self._document["components"]["schemas"][reference.rsplit("/", 1)[-1]])
            case {"anyOf": list(kinds)}:
                kinds = sorted(kinds, key=lambda kind: (kind.get("type") == "null") is self._whole)
                return self._sample(kinds[0])
            case {"properties": dict(properties)}:
                return {name: self._sample(inner) for name, inner in properties.items()}
            case {"additionalProperties": dict(inner)}:
                return {self._sample(schema.get("propertyNames", {"type": "string"})): self._sample(inner)}
            case {"items": dict(items)}:
                return [self._sample(items)]
            case _:
                return _simple_sample(schema)


def operations(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What users can ask for, by its id."""
    return {
        operation["operationId"]: operation
        for path, item in document["paths"].items()
        for operation in item.values()
        if path.startswith(API) and not path.startswith(f"{API}/admin")
    }


def body_fields(document: Mapping[str, Any], operation: Mapping[str, Any]) -> set[str]:
    """The fields of all the bodies that an operation takes."""
    contents = operation.get("requestBody", {}).get("content", {})
    return set().union(*(_fields(document, content["schema"]) for content in contents.values()))


def query_names(operation: Mapping[str, Any]) -> set[str]:
    """What an operation can be asked in its query."""
    return {given["name"] for given in operation.get("parameters", ()) if given["in"] == "query"}


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    match schema:
        case {"$ref": str(reference)}:
            return _fields(document, document["components"]["schemas"][reference.rsplit("/", 1)[-1]])
        case {"oneOf": list(kinds)}:
            return set().union(*(_fields(document, kind) for kind in kinds))
        case _:
            return set(schema["properties"])


def _simple_sample(schema: Mapping[str, Any]) -> Any:
    match schema:
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"type": "string"}:
            return SAMPLES.get(schema.get("format", ""), "text")
        case {"type": "integer" | "number"}:
            return schema.get("minimum", 1)
        case {"type": "boolean"}:
            return True
        case _:
            return {} if schema.get("type") == "object" else None


def _form_fields(body: bytes) -> set[str]:
    return {name.decode() for name in re.findall(rb'form-data; name="(\w+)"', body)}


def _answer(content: bytes, media_type: str) -> Answer:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return Answer(status=200, headers={"content-type": media_type}, chunks=chunks())
