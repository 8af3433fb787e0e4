"""Form fields whose names say where in a document they belong: `advanced[seed]`, `tags[]`."""

import re
from collections.abc import Iterable, MutableMapping
from typing import Any, cast

from rushes.errors import FieldProblem, InvalidFields

MAX_DEPTH = 6

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def nest(entries: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the document that the fields of a form are: their texts, in the objects and lists they name.

    `a[b]` is a member of an object, `a[]` the next of a list.

    Raises:
        InvalidFields: A name is given twice, or as an object and as something else.
    """
    document: dict[str, Any] = {}
    for name, text in entries:
        _put(document, _path(name), text, name)
    return document


def _path(name: str) -> list[str]:
    found = _NAME.fullmatch(name)
    if found is None:
        return [name]
    path = [found[1], *_PART.findall(found[2])]
    if len(path) > MAX_DEPTH:
        raise _wrong(name, "This is nested too deeply.")
    return path


def _put(document: MutableMapping[str, Any], path: list[str], text: str, name: str) -> None:
    *way, last = path
    is_item = not last and bool(way)
    if is_item:
        last = way.pop()
    place = document
    for step in way:
        inner = place.setdefault(step, {})
        if not isinstance(inner, dict):
            raise _wrong(name, "This is given in two forms.")
        place = cast("dict[str, Any]", inner)
    if not is_item:
        if last in place:
            raise _wrong(name, "This is given twice.")
        place[last] = text
        return
    items = place.setdefault(last, [])
    if not isinstance(items, list):
        raise _wrong(name, "This is given in two forms.")
    cast("list[str]", items).append(text)


def _wrong(field: str, message: str) -> InvalidFields:
    return InvalidFields(fields=(FieldProblem(field=field, message=message),))
