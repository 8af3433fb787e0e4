"""Everything that the client raises, as one tree.

ClientError
├── Unreachable             no answer came, or not all of it
├── InvalidAnswer           what answered does not speak this API
├── WaitTimeout             the job did not end in time
├── DownloadFailed          the file cannot be kept
├── JobNotCompleted         the job ended, but not well
├── LoginMissing            no address or no credential is known
└── Refused                 the server answered that it will not do this
    ├── NotSignedIn         401: the key or token is missing, expired or revoked
    ├── InsufficientCredits 402: the account cannot pay the price
    ├── Denied              403: the account may not do this
    ├── Missing             404, 410: there is no such thing
    ├── Conflict            409: the state of things does not allow this
    ├── Invalid             400, 413, 415, 422: the request is wrong
    ├── Limited             429: too many requests
    └── ServerTrouble       5xx: the server, or a part of it, is out of order
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import BaseModel, ValidationError

from rushes.client.job_documents import Job

_SNIPPET = 200
"""How many characters of an answer that is no problem document are repeated."""


class ClientError(Exception):
    """Something went wrong between a program and a server."""

    def __init__(self, message: str) -> None:
        """Say what happened."""
        self.message = message
        super().__init__(message)


class Unreachable(ClientError):
    """No answer came, or not all of it.

    `is_sent` tells whether the server may have received the request, and so may have done what it asks.
    """

    def __init__(self, message: str, *, is_sent: bool) -> None:
        """Say what happened, and whether the request may have arrived."""
        self.is_sent = is_sent
        super().__init__(message)


class InvalidAnswer(ClientError):
    """What answered does not speak this API."""


class WaitTimeout(ClientError):
    """The job did not end in time."""


class DownloadFailed(ClientError):
    """The file cannot be kept."""


class LoginMissing(ClientError):
    """No address or no credential is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One wrong field of a request: its dotted path and what is wrong with it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a server said when it refused.

    `code` is what programs should look at; `request_id` is what the server's log calls the request;
    `retry_after_seconds` is how long a repeat should wait; `credits` are the needed, available and held ones.
    """

    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    request_id: str | None = None
    retry_after_seconds: float | None = None
    credits: Mapping[str, int] | None = None


class Refused(ClientError):
    """The server answered that it will not do this."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry what the server said."""
        self.status = refusal.status
        self.code = refusal.code
        self.detail = refusal.detail
        self.errors = refusal.errors
        self.request_id = refusal.request_id
        self.retry_after_seconds = refusal.retry_after_seconds
        self.credits = refusal.credits
        problems = "; ".join(f"{error.field}: {error.message}" for error in refusal.errors)
        super().__init__(f"{refusal.detail} {problems}".rstrip())


class NotSignedIn(Refused):
    """The key or token is missing, expired or revoked."""


class InsufficientCredits(Refused):
    """The account cannot pay the price; `credits` says what it has."""


class Denied(Refused):
    """The account may not do this."""


class Missing(Refused):
    """There is no such thing, or it is somebody else's."""


class Conflict(Refused):
    """The state of things does not allow this."""


class Invalid(Refused):
    """The request is wrong; `errors` names every wrong field."""


class Limited(Refused):
    """There were too many requests; `retry_after_seconds` says when a repeat can succeed."""


class ServerTrouble(Refused):
    """The server, or a part of it, is out of order."""


class JobNotCompleted(ClientError):
    """The job ended, but not well; `job` says how."""

    def __init__(self, job: Job) -> None:
        """Carry the job as it ended."""
        self.job = job
        reason = job.error_message or job.error_code or job.cancelled_reason
        super().__init__(f"The job {job.id} is {job.status}" + (f": {reason}" if reason else "."))


_KINDS: Mapping[int, type[Refused]] = {
    400: Invalid,
    401: NotSignedIn,
    402: InsufficientCredits,
    403: Denied,
    404: Missing,
    409: Conflict,
    410: Missing,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: Limited,
}


class _ProblemField(BaseModel):
    field: str
    message: str


class _Problem(BaseModel):
    code: str
    detail: str
    errors: list[_ProblemField] = []
    request_id: str | None = None
    credits: dict[str, int] | None = None


def refused(
    status: int, body: bytes, *, retry_after_seconds: float | None, request_id: str | None
) -> Refused:
    """Return the error of an answer that is no success, whatever its body is (RFC 9457 is expected)."""
    kind = _KINDS.get(status, ServerTrouble if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Refused)
    try:
        problem = _Problem.model_validate_json(body)
    except ValidationError:
        text = body[: 4 * _SNIPPET].decode(errors="replace")[:_SNIPPET].strip()
        problem = _Problem(code=f"http_{status}", detail=f"The server answered {status}. {text}".strip())
    return kind(
        Refusal(
            status=status,
            code=problem.code,
            detail=problem.detail,
            errors=tuple(FieldError(field=one.field, message=one.message) for one in problem.errors),
            request_id=problem.request_id or request_id,
            retry_after_seconds=retry_after_seconds,
            credits=problem.credits,
        )
    )
