"""Webhooks: what an account can subscribe to, where it is sent, and when a failed try is repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType
from urllib.parse import urlsplit
from uuid import UUID

from rushes.domain.ids import JobId, UserId
from rushes.domain.urls import is_web_address
from rushes.errors import FieldProblem

EndpointId = NewType("EndpointId", UUID)
DeliveryId = NewType("DeliveryId", UUID)

TEST_TYPE = "webhook.test"
"""The type of a delivery that its receiver asked for, to see whether deliveries arrive."""

MAX_ENDPOINTS = 20
"""How many endpoints an account may have."""

URL_MAX_CHARACTERS = 2000
DESCRIPTION_MAX_CHARACTERS = 200

RETRY_FIRST = timedelta(seconds=5)
RETRY_LONGEST = timedelta(hours=1)


class WebhookEvent(StrEnum):
    """What an endpoint can be told about; the schema holds the same list."""

    COMPLETED = "job.completed"
    FAILED = "job.failed"
    CANCELLED = "job.cancelled"
    PROGRESS = "job.progress"


class WebhookFormat(StrEnum):
    """In whose words an endpoint is told: ours, or those of OpenAI's webhook events."""

    NATIVE = "native"
    OPENAI = "openai"


class DeliveryStatus(StrEnum):
    """Where a delivery stands; one that failed is not tried again by itself."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of an account that is told of its jobs; a disabled one says why it is."""

    id: EndpointId
    user_id: UserId
    url: str
    description: str | None
    format: WebhookFormat
    events: frozenset[WebhookEvent]
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint; its id is the same at every try, so that receivers can tell a repeat.

    `tries` counts those begun, `tries_before` those of them before its owner last asked for it again;
    `response_code` and `error` are of the last one that ended.
    """

    id: DeliveryId
    endpoint_id: EndpointId
    job_id: JobId | None
    type: str
    payload: Mapping[str, Any]
    status: DeliveryStatus
    tries: int
    tries_before: int
    next_try_at: datetime
    give_up_at: datetime
    response_code: int | None
    error: str | None
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One request of a delivery; `error` is `None` if it was answered with success."""

    number: int
    tried_at: datetime
    response_code: int | None
    error: str | None
    seconds: float


def next_try(tries: int, *, jitter: float) -> timedelta:
    """Return the wait after the `tries`-th failed try.

    Exponential with jitter: 5 s · 2ⁿ⁻¹, at most an hour, and of that a share between one half and all,
    chosen by `jitter` (0 to 1). In 24 hours that makes 30 to 60 tries.
    """
    doublings = min(max(0, tries - 1), 16)
    longest = min(RETRY_FIRST * 2**doublings, RETRY_LONGEST)
    return longest * (0.5 + 0.5 * jitter)


def url_problem(url: str, *, field: str = "url") -> FieldProblem | None:
    """Say what is wrong with the form of an endpoint's address, if anything; nothing is looked up."""
    message = None
    if len(url) > URL_MAX_CHARACTERS:
        message = f"Use at most {URL_MAX_CHARACTERS} characters."
    elif not is_web_address(url):
        message = "Give an address such as https://example.org/hooks."
    elif "@" in urlsplit(url).netloc:
        message = "Leave the user name and the password out of the address."
    elif "#" in url:
        message = "Leave the part after # out of the address."
    return FieldProblem(field=field, message=message) if message else None


def events_problem(
    events: Sequence[str], *, format_: WebhookFormat = WebhookFormat.NATIVE, field: str = "events"
) -> FieldProblem | None:
    """Say what is wrong with a choice of events, if anything; OpenAI has no word for progress."""
    known = {event.value for event in WebhookEvent}
    if format_ is WebhookFormat.OPENAI:
        known.remove(WebhookEvent.PROGRESS)
    if not events or not set(events) <= known:
        return FieldProblem(field=field, message=f"Choose one or more of {', '.join(sorted(known))}.")
    return None


def description_problem(description: str | None, *, field: str = "description") -> FieldProblem | None:
    """Say what is wrong with the note on an endpoint, if anything."""
    if description is None or (len(description) <= DESCRIPTION_MAX_CHARACTERS and description.isprintable()):
        return None
    message = f"Use at most {DESCRIPTION_MAX_CHARACTERS} characters, all on one line."
    return FieldProblem(field=field, message=message)
