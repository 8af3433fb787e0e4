"""Our errors as OpenAI's API words them."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from rushes.errors import FieldProblem

PREFIX = "/v1"

_UNUSABLE_FILE = "media_rejected"
_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
_CODES: Mapping[str, str] = {"unauthenticated": "invalid_api_key", "limited": "rate_limit_exceeded"}
_REPEATABLE = frozenset({408, 429})
"""The refusals below 500 that a client may overcome by asking again."""


class OpenAIRefusalDetails(BaseModel):
    """What went wrong."""

    message: Annotated[str, Field(description="What happened; all that is wrong with the request.")]
    type: Annotated[str, Field(description="What kind of error it is.", examples=["invalid_request_error"])]
    param: Annotated[str | None, Field(description="The first wrong parameter.", examples=["seconds"])]
    code: Annotated[str | None, Field(description="What programs should look at.")]


class OpenAIRefusal(BaseModel):
    """What went wrong, as clients of OpenAI's API expect it."""

    error: OpenAIRefusalDetails


def is_asked(path: str) -> bool:
    """Tell whether a path belongs to the dialect."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def documented_refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that can end in these refusals, and in those that each can."""
    every = sorted({*statuses, 400, 401, 422, 500, 503})
    return {status: {"model": OpenAIRefusal, "description": HTTPStatus(status).phrase} for status in every}


def refuse(
    status: int,
    *,
    code: str,
    detail: str,
    fields: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
    is_repeatable: bool = True,
) -> Response:
    """Return the answer for an error.

    Source: https://platform.openai.com/docs/guides/error-codes, and the retries of the official clients:
    they repeat 408, 409, 429 and all from 500 on, unless `x-should-retry` says `false`.

    Args:
        status: That of our own API.
        code: That of our own API.
        detail: What happened, if no field is wrong.
        fields: What is wrong with the request; the first is named as `param`.
        headers: To be sent along.
        is_repeatable: Whether a repeat can help where the status does not rule it out.
    """
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and code != _UNUSABLE_FILE:
        status = HTTPStatus.BAD_REQUEST
    param = fields[0].field or None if fields else None
    if status == HTTPStatus.NOT_FOUND and param == "model":
        code = "model_not_found"
    error = OpenAIRefusalDetails(
        message=_message(detail, fields),
        type=_TYPES.get(status, "invalid_request_error" if _is_theirs(status) else "server_error"),
        param=param,
        code=_CODES.get(code, code),
    )
    sent = dict(headers or {})
    if not is_repeatable or (_is_theirs(status) and status not in _REPEATABLE):
        sent["x-should-retry"] = "false"
    # In ASCII: what a client called a field can be half of a character, which UTF-8 cannot say.
    body = json.dumps({"error": error.model_dump()})
    return Response(body, int(status), sent, "application/json")


def _is_theirs(status: int) -> bool:
    return status < HTTPStatus.INTERNAL_SERVER_ERROR


def _message(detail: str, fields: Sequence[FieldProblem]) -> str:
    if not fields or all(one.message == detail for one in fields):
        return detail
    return "; ".join(f"{one.field}: {one.message}" for one in fields)
