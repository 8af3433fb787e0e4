"""The one place where our errors become HTTP answers: problem documents (RFC 9457), or pages for browsers."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from rushes.errors import (
    BodyTimeout,
    FieldProblem,
    InsufficientCredits,
    Invalid,
    InvalidFields,
    Kind,
    Limited,
    Missing,
    RushesError,
    TooLarge,
)
from rushes.web.openai import refusals
from rushes.web.pages.rendering import render

PROBLEM_TYPE = "application/problem+json"
AWAY_SECONDS = 5
"""When a client should come back while a part of the system is away."""

STATUSES: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.UNSUPPORTED: 415,
    Kind.TOO_LARGE: 413,
    Kind.TIMED_OUT: 408,
    Kind.UNAUTHENTICATED: 401,
    Kind.DENIED: 403,
    Kind.EXPIRED: 410,
    Kind.PAYMENT: 402,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.BROKEN: 500,
}

_MACHINES = ("/api/", "/media/", "/static/", "/healthz", "/readyz", "/metrics", "/openapi.json")
"""Paths that no person looks at."""

_PLACES = frozenset({"body", "query", "path", "header", "cookie"})
"""Where in a request a field stood; the framework puts it before the field's own path."""

_NOWHERE = "There is nothing at this address."

_log: Any = structlog.get_logger()


class ProblemField(BaseModel):
    """One wrong field of a request."""

    field: Annotated[str, Field(description="Its dotted path.", examples=["options.advanced.cfg_scale"])]
    message: Annotated[str, Field(description="What is wrong with it.")]


class Bill(BaseModel):
    """What stands against a price, in credits."""

    needed: Annotated[int, Field(description="The most that it can cost.")]
    available: Annotated[int, Field(description="The account's balance.")]
    held: Annotated[int, Field(description="What is set aside for jobs that have not ended.")]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Field(description="A URI that names the code.")]
    title: Annotated[str, Field(description="The code in words; the same for each occurrence.")]
    status: Annotated[int, Field(description="The status of this answer.")]
    detail: Annotated[str, Field(description="What happened this time.")]
    code: Annotated[str, Field(description="What programs should look at.", examples=["invalid_fields"])]
    errors: Annotated[list[ProblemField], Field(description="Every wrong field; empty for other problems.")]
    request_id: Annotated[str | None, Field(description="What the server's log calls this request.")]
    credits: Annotated[Bill | None, Field(description="Only where credits are missing.")] = None


def install(app: FastAPI) -> None:
    """Answer our errors, those of the framework, and routes that do not exist."""
    app.add_exception_handler(RushesError, _on_ours)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_framework)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that can end in these problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def field_problems(errors: Iterable[Any]) -> tuple[FieldProblem, ...]:
    """Translate pydantic's errors; what the client sent is not repeated."""
    return tuple(FieldProblem(field=_path(error["loc"]), message=error["msg"]) for error in errors)


def answer(request: Request, error: RushesError) -> Response:
    """Return the answer for one of our errors, in the form that the asker reads."""
    if error.kind is Kind.BROKEN:
        _log.error("http.broken", code=error.code, error=error.message)
        return unexpected_answer(request)
    return _formed(request, _problem(request, error), headers=_headers(error))


def unexpected_answer(request: Request) -> Response:
    """Return the answer for an error that nobody foresaw; it says nothing about it."""
    return _formed(request, _problem(request, RushesError()), headers={})


async def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, RushesError)
    return answer(request, error)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _is_page(request) and all(one["loc"][0] == "path" for one in error.errors()):
        return answer(request, Missing(_NOWHERE))
    return answer(request, InvalidFields(fields=field_problems(error.errors())))


async def _on_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, TooLarge | BodyTimeout):
        return answer(request, error.__cause__)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(request, Missing(_NOWHERE))
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return answer(request, Invalid("The body cannot be read."))
    phrase = HTTPStatus(error.status_code).phrase
    problem = Problem(
        type=_type(code := phrase.lower().replace(" ", "_")),
        title=phrase,
        status=error.status_code,
        detail=str(error.detail),
        code=code,
        errors=[],
        request_id=_request_id(request),
    )
    return _formed(request, problem, headers=_framework_headers(request, error))


def _framework_headers(request: Request, error: HTTPException) -> Mapping[str, str]:
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return error.headers or {}
    # The framework names the methods of one route; an address can have several (RFC 9110, 15.5.6).
    path = request.scope["path"]
    routes = [route for route in iter_route_contexts(request.app.routes) if route.path_regex.match(path)]
    methods = {method for route in routes for method in route.methods or ()}
    return {"Allow": ", ".join(sorted(methods))}


def _formed(request: Request, problem: Problem, *, headers: Mapping[str, str]) -> Response:
    if refusals.is_asked(request.url.path):
        fields = [FieldProblem(field=one.field, message=one.message) for one in problem.errors]
        return refusals.refuse(
            problem.status, code=problem.code, detail=problem.detail, fields=fields, headers=headers
        )
    if _is_page(request):
        return _page(request, problem)
    body = problem.model_dump_json(exclude={"credits"} if problem.credits is None else None)
    return Response(body, problem.status, headers=headers, media_type=PROBLEM_TYPE)


def _problem(request: Request, error: RushesError) -> Problem:
    return Problem(
        type=_type(error.code),
        title=(type(error).__doc__ or "").strip(),
        status=STATUSES[error.kind],
        detail=error.message,
        code=error.code,
        errors=[ProblemField(field=one.field, message=one.message) for one in error.fields],
        request_id=_request_id(request),
        credits=Bill(needed=error.needed, available=error.available, held=error.held)
        if isinstance(error, InsufficientCredits)
        else None,
    )


def _page(request: Request, problem: Problem) -> Response:
    if problem.status == HTTPStatus.UNAUTHORIZED:
        # Only what can be asked for again: to repeat a form is for the person to decide.
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = f"?{urlencode({'next': here})}" if request.method == "GET" else ""
        return RedirectResponse(f"/login{wanted}", HTTPStatus.SEE_OTHER)
    return render(request, "failure.html", status=problem.status, problem=problem)


def _headers(error: RushesError) -> dict[str, str]:
    if isinstance(error, Limited):
        return {"Retry-After": str(error.retry_after_seconds)}
    if error.kind is Kind.UNAVAILABLE:
        return {"Retry-After": str(AWAY_SECONDS)}
    if error.kind is Kind.TIMED_OUT:
        # The rest of the body could still come: it must not be read as the next request (RFC 9110, 15.5.9).
        return {"Connection": "close"}
    if error.kind is Kind.UNAUTHENTICATED:
        return {"WWW-Authenticate": "Bearer"}
    return {}


def _is_page(request: Request) -> bool:
    is_for_people = not request.url.path.startswith(_MACHINES)
    return is_for_people and "text/html" in request.headers.get("accept", "")


def _path(location: tuple[str | int, ...]) -> str:
    names = [part for part in location if isinstance(part, str)]
    return ".".join(names[1:] if len(names) > 1 and names[0] in _PLACES else names)


def _type(code: str) -> str:
    return f"urn:rushes:problem:{code}"


def _request_id(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)
