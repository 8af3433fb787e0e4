"""What the JSON Schema of a model's options must look like, so that forms and checks can be made from it."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_DEFS = "#/$defs/"


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Say what is wrong with the schema of a model's options, if anything; an empty one says nothing.

    Source: JSON Schema 2020-12, as far as option schemas use it.
    """
    if not schema:
        return None
    if schema.get("type") != "object" or not isinstance(schema.get("properties", {}), dict):
        return 'describe an object: {"type": "object", "properties": {…}}'
    properties: Any = schema.get("properties", {})
    required = schema.get("required", [])
    if not isinstance(required, list) or not set(map(str, cast("list[Any]", required))) <= set(properties):
        return "`required` is a list of names in `properties`"
    if any(not isinstance(one, dict) for one in properties.values()):
        return "each of `properties` is a schema itself"
    definitions = schema.get("$defs", {})
    known = set(cast("dict[str, Any]", definitions)) if isinstance(definitions, dict) else set[str]()
    return next(_problems(schema, known), None)


def _problems(node: Any, known: set[str]) -> Iterator[str]:
    if isinstance(node, list):
        for each in cast("list[Any]", node):
            yield from _problems(each, known)
    if not isinstance(node, dict):
        return
    for name, value in cast("dict[str, Any]", node).items():
        if name == "type" and isinstance(value, str) and value not in _TYPES:
            yield f"{value!r} is no type of JSON Schema"
        elif name == "$ref" and not (isinstance(value, str) and value.removeprefix(_DEFS) in known):
            yield f"{value!r} leads nowhere in this schema"
        elif name not in {"enum", "const", "default", "examples"}:
            yield from _problems(value, known)
