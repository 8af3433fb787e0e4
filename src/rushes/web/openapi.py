"""The OpenAPI document: what the framework derives from the handlers, and what it cannot know."""

import asyncio
import tomllib
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import orjson
from fastapi import FastAPI
from fastapi.routing import APIRoute

from rushes.web.credentials import COOKIE
from rushes.web.errors import Problem
from rushes.web.vocabulary import WORDS

OPEN: dict[str, Any] = {"security": []}
"""`openapi_extra` of a route that asks nobody who he is."""

_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session, or an API key (`rsk_…`).",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The session of a browser; what changes something must come from a page of this site.",
    },
}

TAGS = {
    "auth": "Signing up, in and out.",
    "account": "The viewer's own account, what it spent, and its API keys.",
    "models": "What a job can be made with.",
    "assets": "Files that jobs are made from: uploaded, checked, deleted.",
    "media": "Stored files at signed addresses, which need no credential.",
    "jobs": "Requests for one output each, from the submission to the end, and what happens on the way.",
    "groups": "Jobs that were asked for together.",
    "library": "What completed jobs made.",
    "shares": "Outputs that their owners show to everybody.",
    "projects": "Folders for jobs and what they made.",
    "sessions": "Workspaces that were kept.",
    "prompts": "Having prompts written better, and templates for them.",
    "webhooks": "Being told of the ends of jobs: endpoints, deliveries, tries.",
    "callbacks": "What providers far away report of the work that they were given.",
    "admin": "For administrators: jobs and accounts of all, lanes, workers, models, reviews, the audit log.",
    "health": "Whether the service lives and can work.",
    "OpenAI dialect": "What the official clients of OpenAI's API ask for, in its words.",
}
"""What belongs together, and what it is about."""


_EXAMPLES = Path(__file__).with_name("examples.toml")


def operation_id(route: APIRoute) -> str:
    """Return a name for generated clients: `jobs_cancel`."""
    return "_".join([*(str(tag).replace(" ", "_") for tag in route.tags), route.name])


class Document:
    """The document as it is sent, made once and beside the loop: that takes a second."""

    def __init__(self, app: FastAPI) -> None:
        """Describe an application when it is first asked for."""
        self._app = app
        self._making = asyncio.Lock()
        self._body: bytes | None = None

    async def body(self) -> bytes:
        """Return the document as JSON."""
        async with self._making:
            if self._body is None:
                self._body = await asyncio.to_thread(lambda: orjson.dumps(self._app.openapi()))
            return self._body


def complete(app: FastAPI) -> None:
    """Add to the document what applies to every route."""
    derive = app.openapi

    def openapi() -> dict[str, Any]:
        document = derive()
        components = document.setdefault("components", {})
        components["securitySchemes"] = _SECURITY_SCHEMES
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components.setdefault("schemas", {}).update(problem.pop("$defs"), Problem=problem)
        document["security"] = [{name: []} for name in _SECURITY_SCHEMES]
        document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
        for path in document["paths"].values():
            for operation in path.values():
                _describe_patience(operation)
        _add_examples(document["paths"])
        for name, schema in components["schemas"].items():
            schema.setdefault("description", WORDS.get(name, ""))
            _describe(schema)
        return document

    app.openapi = openapi


def _add_examples(paths: dict[str, Any]) -> None:
    """Show bodies that work, by what each of them asks for."""
    for call, bodies in tomllib.loads(_EXAMPLES.read_text()).items():
        method, path = call.split()
        content = paths[path][method.lower()]["requestBody"]["content"]["application/json"]
        content["examples"] = {name: {"value": body} for name, body in bodies.items()}


def _describe_patience(operation: dict[str, Any]) -> None:
    """Say of what takes a body that it is not waited for without end; the refusal has the form of others."""
    if "requestBody" in operation:
        responses = operation["responses"]
        timeout = HTTPStatus.REQUEST_TIMEOUT
        refusal = responses[str(HTTPStatus.SERVICE_UNAVAILABLE.value)]
        responses[str(timeout.value)] = refusal | {"description": timeout.phrase}


def _describe(schema: dict[str, Any]) -> None:
    """Say of fields that say nothing of themselves what their names mean everywhere."""
    for name, field in schema.get("properties", {}).items():
        if name in WORDS and isinstance(field, dict):
            cast("dict[str, Any]", field).setdefault("description", WORDS[name])
