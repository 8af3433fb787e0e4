"""Request bodies in the OpenAPI document that come as JSON or as a form."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel

_DEFS = "#/$defs/"
_FILE = {"type": "string", "format": "binary"}


def json_or_form(model: type[BaseModel], *, files: Sequence[str]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that reads its body itself.

    Args:
        model: The body as JSON.
        files: The names of those fields that take a file in a form.
    """
    schema = model.model_json_schema()
    plain = cast("dict[str, Any]", _inlined(schema, schema.pop("$defs", {})))
    properties = plain["properties"] | {
        name: {"anyOf": [plain["properties"][name], _FILE], "description": "The file itself, or as in JSON."}
        for name in files
    }
    content = {
        "multipart/form-data": {"schema": plain | {"properties": properties}},
        "application/json": {"schema": plain},
    }
    return {"requestBody": {"required": True, "content": content}}


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a schema whose definitions stand where they are used: they belong to no component."""
    if isinstance(node, list):
        return [_inlined(one, definitions) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    schema = cast("dict[str, Any]", node)
    reference = schema.get("$ref")
    rest = {name: _inlined(one, definitions) for name, one in schema.items() if name != "$ref"}
    if not isinstance(reference, str):
        return rest
    return _inlined(definitions[reference.removeprefix(_DEFS)], definitions) | rest
