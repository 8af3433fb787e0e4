"""The reference page of the HTTP API, made from its OpenAPI document."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rushes.db.pool import Database
from rushes.storage.store import local_storage
from rushes.web.app import create_app
from rushes.web.services import Services

_METHODS = ("get", "post", "put", "patch", "delete")
_OF_ALL = frozenset({"408", "422", "500", "503"})

_HEAD = """\
# API

Everything that Rushes does can be asked for over HTTP. Each server shows this list with every field, every
limit and examples at `/docs`, and has it for programs at `/openapi.json` (OpenAPI 3.1). The paths below are
whole.

**Who may ask.** `anybody`: no credential is looked at. `user`: send `Authorization: Bearer …` with the
token of `POST /api/v1/auth/login` or with an API key (`rsk_…`). `admin`: the same, of an administrator.
Browsers can send the cookie of a session instead, from pages of the same site; [pages of other
sites](../tutorial/front-end.md) use a token.

**Answers.** The tables name the statuses that are particular to a call. Besides these, any call can end in
422 (the request is wrong; every wrong field is named), 500 and 503 (try again after `Retry-After`), one that
takes a body in 408 (nothing of it came for 30 s), and one for users or administrators in 401. The body of
a refusal is `application/problem+json` (RFC 9457); its `code` is one of the [errors](errors.md). The calls
that speak the words of other systems refuse in their form.

**Lists** are newest first. They have up to `limit` entries (20, at most 100) and a `next_cursor` for the
next page; it is `null` on the last.

**Streams.** Two calls answer with server-sent events, and the WebSocket `/api/v1/ws` says the same; see
[live streams](streams.md).

This page is made from the OpenAPI document by `scripts/make_reference.py`.
"""


def api_page() -> str:
    """Return the page of all calls, by what they are about, in the order of the document."""
    document = describe()
    sections = (_section(tag, document["paths"]) for tag in document["tags"])
    return _HEAD + "".join(sections)


def describe() -> dict[str, Any]:
    """Return the document of an application that serves nobody."""
    # Describing itself, the application asks none of these for anything.
    with tempfile.TemporaryDirectory() as folder:
        storage = local_storage(Path(folder))
        services = Services(database=Database(None), listen_url="", storage=storage, secret=b"")
        return create_app(services).openapi()


def _section(tag: dict[str, Any], paths: dict[str, Any]) -> str:
    rows = "".join(_row(*call) for call in _calls(paths, tag["name"]))
    table = f"| call | does | who | answers |\n|---|---|---|---|\n{rows}"
    return f"\n## {tag['name']}\n\n{tag['description']}\n\n{table}"


def _calls(paths: dict[str, Any], tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in paths.items():
        for method in _METHODS:
            if tag in item.get(method, {}).get("tags", ()):
                yield method, path, item[method]


def _row(method: str, path: str, call: dict[str, Any]) -> str:
    does = call["description"].partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    asker = _asker(call)
    usual = _OF_ALL if asker == "anybody" else _OF_ALL | {"401"}
    answers = ", ".join(sorted(call["responses"].keys() - usual))
    return f"| `{method.upper()} {path}` | {does} | {asker} | {answers} |\n"


def _asker(call: dict[str, Any]) -> str:
    if call.get("security") == []:
        return "anybody"
    return "admin" if "admin" in call["tags"] else "user"
