"""What a webhook delivery says, in the words that its endpoint asked for."""

from collections.abc import Mapping
from typing import Any, assert_never
from uuid import UUID

from rushes.domain.ids import JobId
from rushes.domain.openai_ids import video_id
from rushes.domain.webhooks import TEST_TYPE, Delivery, WebhookFormat

_OPENAI_ENDS: Mapping[str, str] = {
    "job.completed": "completed",
    "job.failed": "failed",
    # It knows no end by cancelling.
    "job.cancelled": "failed",
}


def document_of(delivery: Delivery, format_: WebhookFormat) -> dict[str, Any]:
    """Return what is written as JSON, signed and sent.

    In our own words it is `type`, `timestamp` (when it happened, RFC 3339) and `data`, as the specification
    of Standard Webhooks (https://www.standardwebhooks.com) has it. In those of OpenAI it is an event of
    https://platform.openai.com/docs/api-reference/webhook-events: `created_at` in seconds of Unix time, and
    as `data` the id alone, by which `GET /v1/videos/{id}` finds a video; a picture's is its job's own.
    """
    match format_:
        case WebhookFormat.NATIVE:
            return {"type": delivery.type, "timestamp": delivery.created_at, "data": delivery.payload}
        case WebhookFormat.OPENAI:
            return {
                "id": f"evt_{delivery.id.hex}",
                "object": "event",
                "created_at": int(delivery.created_at.timestamp()),
                "type": _openai_type(delivery),
                "data": _openai_data(delivery),
            }
        case _:
            assert_never(format_)


def _openai_type(delivery: Delivery) -> str:
    if delivery.type == TEST_TYPE:
        return TEST_TYPE
    kind = "image" if _is_picture(delivery) else "video"
    return f"{kind}.{_OPENAI_ENDS[delivery.type]}"


def _openai_data(delivery: Delivery) -> Mapping[str, Any]:
    if delivery.type == TEST_TYPE:
        return delivery.payload
    job_id = delivery.payload["id"]
    return {"id": job_id if _is_picture(delivery) else video_id(JobId(UUID(job_id)))}


def _is_picture(delivery: Delivery) -> bool:
    return delivery.payload["job_type"] == "image"
