"""The examples of the reference on webhooks, run against real deliveries."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openai import InvalidWebhookSignatureError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from rushes.actions import webhooks as actions
from rushes.actions.webhooks import NewEndpoint
from rushes.db import webhooks
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobStatus
from rushes.domain.webhooks import WebhookEvent, WebhookFormat
from rushes.web.api.callbacks import CallbackBody
from tests.actions.hooks import ENDINGS, execute, make_endpoint
from tests.dispatch.couriers import deliver_once
from tests.factories import make_bare_job
from tests.outgoing.receiver import Received, receiving

PAGE = (Path(__file__).parents[2] / "docs/reference/webhooks.md").read_text("utf-8")
SAY_PROGRESS = """
    INSERT INTO job_progress (job_id, lease, progress)
    SELECT id, lease, 40 FROM jobs WHERE status = 'processing'
"""


def blocks(language: str, *, holding: str) -> list[str]:
    """The code of the page in one language that holds a word."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [block for block in found if holding in block]


@dataclass(frozen=True)
class Sent:
    """What arrived, and the secret that it is signed with."""

    received: Received
    secret: str

    @property
    def variables(self) -> dict[str, str]:
        """What the examples for a shell need."""
        headers = {name.replace("-", "_"): text for name, text in self.received.headers.items()}
        return {name: headers[name] for name in headers if name.startswith("webhook_")} | {
            "secret": self.secret
        }


@pytest.fixture
async def send(owner: Database, web: Database, work: Database, viewer: Viewer) -> Callable[..., Any]:
    """Has a job end, and returns what the endpoint is sent."""

    async def send(status: JobStatus, format_: WebhookFormat = WebhookFormat.NATIVE) -> Sent:
        async with receiving() as receiver:
            _, secret = await actions.create(
                web, viewer, NewEndpoint(url=receiver.url, events=ENDINGS, format=format_)
            )
            await make_bare_job(owner, viewer, status)
            await deliver_once(work)
            return Sent(received=await receiver.next(), secret=secret)

    return send


async def run_shell(script: str, folder: Path, **variables: str) -> int:
    """The exit status of a script."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, cwd=folder, env={"PATH": "/usr/bin:/bin"} | variables
    )
    async with asyncio.timeout(20):
        return await process.wait()


def example(package: str) -> Callable[[str, dict[str, str], bytes], Any]:
    """The function that the page shows for a package."""
    (code,) = blocks("python", holding=package)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["receive"]


async def test_python_example_accepts_a_delivery_and_no_other(send: Callable[..., Any]) -> None:
    sent, receive = await send(JobStatus.FAILED), example("standardwebhooks")

    event = receive(sent.secret, sent.received.headers, sent.received.body)

    assert event["type"] == "job.failed"
    with pytest.raises(WebhookVerificationError):
        receive(sent.secret, sent.received.headers, sent.received.body + b" ")


async def test_example_with_openai_accepts_a_delivery_and_no_other(send: Callable[..., Any]) -> None:
    sent, receive = await send(JobStatus.FAILED, WebhookFormat.OPENAI), example("openai")

    event = receive(sent.secret, sent.received.headers, sent.received.body)

    assert event.type == "video.failed"
    with pytest.raises(InvalidWebhookSignatureError):
        receive(sent.secret, sent.received.headers, sent.received.body + b" ")


async def test_shell_example_accepts_a_delivery_and_no_other(
    send: Callable[..., Any], tmp_path: Path
) -> None:
    sent = await send(JobStatus.CANCELLED)
    (script,) = blocks("bash", holding="expected=")

    (tmp_path / "body").write_bytes(sent.received.body)
    right = await run_shell(script, tmp_path, **sent.variables)
    (tmp_path / "body").write_bytes(sent.received.body + b" ")
    wrong = await run_shell(script, tmp_path, **sent.variables)

    assert (right, wrong) == (0, 1)


async def test_example_with_curl_sends_what_verifies(web: Database, viewer: Viewer, tmp_path: Path) -> None:
    _, secret = await actions.create(web, viewer, NewEndpoint(url="https://example.org", events=ENDINGS))
    (script,) = blocks("bash", holding="curl")
    (tmp_path / "body").write_text('{"type": "mine"}')

    async with receiving() as receiver:
        status = await run_shell(script, tmp_path, secret=secret, url=receiver.url)
        received = await receiver.next()

    assert status == 0
    assert Webhook(secret).verify(received.body, received.headers) == {"type": "mine"}


@pytest.mark.parametrize(
    ("status", "format_"),
    [
        (JobStatus.COMPLETED, WebhookFormat.NATIVE),
        (JobStatus.FAILED, WebhookFormat.NATIVE),
        (JobStatus.CANCELLED, WebhookFormat.NATIVE),
        (JobStatus.COMPLETED, WebhookFormat.OPENAI),
    ],
)
async def test_payload_has_the_fields_that_are_shown(
    send: Callable[..., Any], status: JobStatus, format_: WebhookFormat
) -> None:
    sent = await send(status, format_)
    event = json.loads(sent.received.body)

    (shown,) = blocks("json", holding=f'"type": "{event["type"]}"')

    assert shape(event) == shape(json.loads(shown))


async def test_progress_has_the_fields_that_are_shown(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving() as receiver:
        await make_endpoint(web, viewer, url=receiver.url, events=[WebhookEvent.PROGRESS])
        job_id = await make_bare_job(owner, viewer, JobStatus.PROCESSING)
        await execute(owner, SAY_PROGRESS)
        async with work.transaction() as tx:
            await webhooks.save_progress_deliveries(tx, job_ids=[job_id], interval=timedelta(seconds=10))
        await deliver_once(work)
        event = json.loads((await receiver.next()).body)

    (shown,) = blocks("json", holding='"type": "job.progress"')

    assert shape(event) == shape(json.loads(shown))


def test_reports_that_are_shown_are_accepted() -> None:
    shown = blocks("json", holding='{"status": ')

    kinds = [str(CallbackBody.model_validate_json(one).report().kind) for one in shown]

    assert kinds == ["progress", "completed", "failed"]


def shape(event: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The names in an event and in its data."""
    return set(event), set(event["data"])
