"""The OpenAPI document: what the framework derives from the handlers, and what it cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from rushes.web.credentials import COOKIE
from rushes.web.errors import Problem

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


def operation_id(route: APIRoute) -> str:
    """Return a name for generated clients: `jobs_cancel`."""
    return "_".join([*(str(tag) for tag in route.tags), route.name])


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
        return document

    app.openapi = openapi
