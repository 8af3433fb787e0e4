"""What receivers make of deliveries, with the packages that they use."""

import json
from collections.abc import Sequence
from uuid import UUID

import pytest
from openai import InvalidWebhookSignatureError, OpenAI
from standardwebhooks import Webhook

from rushes.actions import webhooks as actions
from rushes.actions.webhooks import NewEndpoint
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobStatus
from rushes.domain.webhooks import WebhookFormat
from rushes.errors import InvalidFields
from tests.actions.hooks import ENDINGS, execute
from tests.dispatch.couriers import deliver_once
from tests.factories import fetch_value, make_bare_job
from tests.outgoing.receiver import Received, receiving

NATIVE, OPENAI = WebhookFormat.NATIVE, WebhookFormat.OPENAI


async def send(
    owner: Database,
    web: Database,
    work: Database,
    viewer: Viewer,
    status: JobStatus,
    *,
    format_: WebhookFormat,
    job_type: str = "base",
) -> tuple[Received, str, str]:
    """What arrives when a job comes into a state, the secret it is signed with, and the job's id."""
    async with receiving() as receiver:
        new = NewEndpoint(url=receiver.url, events=ENDINGS, format=format_)
        _, secret = await actions.create(web, viewer, new)
        job_id = await make_bare_job(owner, viewer, status)
        await execute(
            owner,
            "UPDATE webhook_deliveries SET payload = jsonb_set(payload, '{job_type}', to_jsonb($1::text))",
            job_type,
        )
        await deliver_once(work)
        return await receiver.next(), secret, str(job_id)


def client(secret: str) -> OpenAI:
    return OpenAI(api_key="rsk_test", webhook_secret=secret)


@pytest.mark.parametrize("format_", list(WebhookFormat))
async def test_both_packages_verify_both_formats(
    owner: Database, web: Database, work: Database, viewer: Viewer, format_: WebhookFormat
) -> None:
    received, secret, job_id = await send(owner, web, work, viewer, JobStatus.COMPLETED, format_=format_)

    by_standard = Webhook(secret).verify(received.body, received.headers)
    with client(secret) as openai:
        by_openai = openai.webhooks.unwrap(received.body, received.headers)

    assert UUID(by_standard["data"]["id"].removeprefix("video_")) == UUID(job_id)
    assert by_openai.type == by_standard["type"]


@pytest.mark.parametrize(
    ("status", "job_type", "event", "called"),
    [
        (JobStatus.COMPLETED, "base", "video.completed", "video_{0.hex}"),
        (JobStatus.FAILED, "text_to_video", "video.failed", "video_{0.hex}"),
        (JobStatus.CANCELLED, "base", "video.failed", "video_{0.hex}"),
        (JobStatus.COMPLETED, "image", "image.completed", "{0}"),
    ],
)
async def test_openai_format_is_an_event_of_openai(
    owner: Database,
    web: Database,
    work: Database,
    viewer: Viewer,
    status: JobStatus,
    job_type: str,
    event: str,
    called: str,
) -> None:
    received, secret, job_id = await send(owner, web, work, viewer, status, format_=OPENAI, job_type=job_type)

    with client(secret) as openai:
        unwrapped = openai.webhooks.unwrap(received.body, received.headers).to_dict()

    created_at = await fetch_value(
        owner, "SELECT extract(epoch FROM created_at)::bigint FROM webhook_deliveries"
    )
    assert unwrapped.keys() == {"id", "object", "created_at", "type", "data"}
    assert str(unwrapped["id"]).startswith("evt_")
    assert (unwrapped["object"], unwrapped["type"]) == ("event", event)
    assert unwrapped["data"] == {"id": called.format(UUID(job_id))}
    assert abs(int(str(unwrapped["created_at"])) - created_at) <= 1


async def test_altered_body_is_refused_by_openai(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    received, secret, _ = await send(owner, web, work, viewer, JobStatus.FAILED, format_=OPENAI)
    altered = received.body.replace(b"video.failed", b"video.completed")

    with client(secret) as openai, pytest.raises(InvalidWebhookSignatureError):
        openai.webhooks.unwrap(altered, received.headers)


async def test_test_of_an_openai_endpoint_is_unwrapped_too(
    web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving() as receiver:
        endpoint, secret = await actions.create(
            web, viewer, NewEndpoint(url=receiver.url, events=ENDINGS, format=OPENAI)
        )
        await actions.test(web, viewer, endpoint_id=endpoint.id)
        await deliver_once(work)
        received = await receiver.next()

    with client(secret) as openai:
        openai.webhooks.unwrap(received.body, received.headers)
    assert json.loads(received.body)["type"] == "webhook.test"


@pytest.mark.parametrize("events", [["job.progress"], ["job.failed", "job.progress"]])
async def test_openai_has_no_word_for_progress(web: Database, viewer: Viewer, events: Sequence[str]) -> None:
    with pytest.raises(InvalidFields) as caught:
        await actions.create(
            web, viewer, NewEndpoint(url="https://example.org", events=events, format=OPENAI)
        )

    assert [problem.field for problem in caught.value.fields] == ["events"]
