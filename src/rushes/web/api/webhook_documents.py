"""Webhook endpoints and deliveries as the API takes and shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from rushes.domain.webhooks import (
    DESCRIPTION_MAX_CHARACTERS,
    URL_MAX_CHARACTERS,
    Delivery,
    DeliveryStatus,
    Endpoint,
    Try,
    WebhookEvent,
    WebhookFormat,
    description_problem,
    url_problem,
)
from rushes.web.api.wording import Ask, Text, leave_out_defaults


def _require_url(value: str) -> str:
    if problem := url_problem(value):
        raise ValueError(problem.message)
    return value


def _require_line(value: str) -> str:
    if problem := description_problem(value):
        raise ValueError(problem.message)
    return value


Url = Annotated[
    Text,
    AfterValidator(_require_url),
    Field(
        description="Where to send, by http or https; it must be on the public internet.",
        examples=["https://example.org/hooks"],
        json_schema_extra={"format": "uri", "maxLength": URL_MAX_CHARACTERS},
    ),
]
Events = Annotated[
    list[WebhookEvent],
    Field(
        min_length=1,
        max_length=len(WebhookEvent),
        description="What to tell of. The format `openai` has no `job.progress`.",
        examples=[["job.completed", "job.failed"]],
    ),
]
Line = Annotated[
    Text,
    AfterValidator(_require_line),
    Field(
        description="A note of yours, on one line.",
        json_schema_extra={"maxLength": DESCRIPTION_MAX_CHARACTERS},
    ),
]
FormatField = Annotated[
    WebhookFormat,
    Field(
        description="`native`: Standard Webhooks with our data; `openai`: the events of OpenAI's webhooks."
    ),
]
NOT_GIVEN = Field(default=None, validate_default=False)
"""A field that may be left out, but not be null."""


class WebhookBody(Ask):
    """What a new endpoint is made from."""

    url: Url
    events: Events
    description: Line | None = None
    format: FormatField = WebhookFormat.NATIVE


class WebhookChangeBody(Ask):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra=leave_out_defaults)

    url: Annotated[Url, NOT_GIVEN]
    events: Annotated[Events, NOT_GIVEN]
    description: Line | None = None
    enabled: Annotated[StrictBool, NOT_GIVEN, Field(description="A disabled endpoint is sent nothing.")]


class WebhookDocument(BaseModel):
    """An endpoint without its secret."""

    id: UUID
    url: str
    description: str | None
    events: list[WebhookEvent]
    format: WebhookFormat
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: Annotated[
        str | None, Field(description="Why it is sent nothing.", examples=["It answered 410 Gone."])
    ]
    created_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """Show an endpoint to its owner."""
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            description=endpoint.description,
            events=sorted(endpoint.events),
            format=endpoint.format,
            enabled=endpoint.disabled_at is None,
            disabled_at=endpoint.disabled_at,
            disabled_reason=endpoint.disabled_reason,
            created_at=endpoint.created_at,
        )


class SecretDocument(BaseModel):
    """What deliveries are signed with."""

    secret: Annotated[str, Field(description="Shown here and never again.", examples=["whsec_…"])]


class NewWebhookDocument(WebhookDocument, SecretDocument):
    """An endpoint that was just made, with its secret."""


class WebhookList(BaseModel):
    """All endpoints of the account, newest first."""

    webhooks: list[WebhookDocument]


class TryDocument(BaseModel):
    """One request of a delivery."""

    number: int
    tried_at: datetime
    response_code: Annotated[int | None, Field(description="Null: there was no answer.", examples=[200])]
    error: Annotated[str | None, Field(description="Null: it was answered with success.")]
    milliseconds: Annotated[int, Field(description="From the look-up of the name to the answer.")]

    @classmethod
    def of(cls, one: Try) -> Self:
        """Show a try."""
        return cls(
            number=one.number,
            tried_at=one.tried_at,
            response_code=one.response_code,
            error=one.error,
            milliseconds=round(one.seconds * 1000),
        )


class DeliveryDocument(BaseModel):
    """One message to one endpoint."""

    id: Annotated[UUID, Field(description="What the header `webhook-id` says, at every try.")]
    webhook_id: Annotated[UUID, Field(description="The endpoint.")]
    job_id: Annotated[UUID | None, Field(description="Null for a test.")]
    type: Annotated[str, Field(examples=["job.completed"])]
    status: Annotated[DeliveryStatus, Field(description="`failed` is not tried again by itself.")]
    tries: Annotated[int, Field(description="Requests begun, one that is under way included.")]
    response_code: Annotated[int | None, Field(description="Of the last try that ended.")]
    error: Annotated[str | None, Field(description="What went wrong at the last try that ended.")]
    next_try_at: Annotated[datetime | None, Field(description="Null: there will be none.")]
    created_at: datetime
    delivered_at: datetime | None
    attempts: Annotated[list[TryDocument], Field(description="Every try that ended, first to last.")]

    @classmethod
    def of(cls, delivery: Delivery, tries: Sequence[Try]) -> Self:
        """Show a delivery with its tries."""
        return cls(
            id=delivery.id,
            webhook_id=delivery.endpoint_id,
            job_id=delivery.job_id,
            type=delivery.type,
            status=delivery.status,
            tries=delivery.tries,
            response_code=delivery.response_code,
            error=delivery.error,
            next_try_at=delivery.next_try_at if delivery.status is DeliveryStatus.PENDING else None,
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            attempts=[TryDocument.of(one) for one in tries],
        )


class DeliveryPage(BaseModel):
    """Deliveries to one endpoint, newest first."""

    deliveries: list[DeliveryDocument]
    next_cursor: Annotated[str | None, Field(description="Null: this was the last page.")]
