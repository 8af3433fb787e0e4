"""Attempts that end by what a provider far away reports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from rushes.dispatch.callbacks import Callbacks
from rushes.dispatch.config import CallbackConfig
from rushes.dispatch.receiving import MAX_OUTPUT_BYTES, receive
from rushes.domain.accounts import Plan, Viewer
from rushes.domain.callbacks import ReportKind
from rushes.domain.jobs import Job, JobStatus, JobType
from rushes.domain.media import Bucket
from rushes.engines.base import Hearer, Maker, Product, Request
from rushes.engines.child.runner import ChildRunner
from rushes.errors import EngineError, EngineTimeout
from rushes.outgoing.client import OutgoingClient
from rushes.storage.store import Storage
from rushes.web.services import Services
from tests.dispatch.stage import WorkWith, until
from tests.engines.motion.media import shifting, write_video
from tests.factories import claim_one, fetch_value, make_job, make_viewer, read_balance, read_ledger
from tests.outgoing.receiver import Receiver, Reply, receiving
from tests.web.site import started, visiting

SECRET = b"a secret of the tests, 32 bytes or more"
CALLBACKS = CallbackConfig(origin="http://rushes.test", secret=SECRET)
S = JobStatus
Reach = Callable[..., Awaitable[Job]]

MAKER = Maker(engine="distant", engine_version="1", generative=True)


@dataclass(kw_only=True)
class DistantRunner:
    """Runs nothing here: it hands the address of each attempt out, and waits for a provider's report."""

    client: OutgoingClient
    provider: httpx.AsyncClient
    max_bytes: int = MAX_OUTPUT_BYTES
    given: asyncio.Queue[str] = field(default_factory=asyncio.Queue[str])

    async def run(self, engine: str, request: Request, *, on_event: Hearer) -> Product:
        assert request.callback is not None
        self.given.put_nowait(request.callback.url)
        return await receive(
            request,
            client=self.client,
            finisher=ChildRunner(),
            maker=replace(MAKER, engine=engine),
            on_event=on_event,
            max_bytes=self.max_bytes,
        )


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    """An account whose outputs are stored as they came: the paid plan has no watermark."""
    return await make_viewer(owner, plan=Plan.PRO)


@pytest.fixture
async def outgoing() -> AsyncIterator[OutgoingClient]:
    """Reaches this machine, where the provider of these tests is."""
    client = OutgoingClient(allow_private=True)
    yield client
    await client.aclose()


@pytest.fixture
def distant(outgoing: OutgoingClient, provider: httpx.AsyncClient) -> DistantRunner:
    """A runner whose provider is the test."""
    return DistantRunner(client=outgoing, provider=provider)


@pytest.fixture
async def provider(web: Database, database_url: str, storage: Storage) -> AsyncIterator[httpx.AsyncClient]:
    """How the provider reaches the web."""
    services = Services(database=web, listen_url=database_url, storage=storage, secret=SECRET)
    async with started(services) as app, visiting(app) as client:
        yield client


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """What the provider made."""
    return write_video(tmp_path / "film.mp4", shifting(64, 48, frames=8, step=2), rate=8)


@pytest.fixture
def reach(database_url: str, owner: Database) -> Reach:
    """`until` with the database given."""
    return partial(until, database_url, owner)


async def report(provider: httpx.AsyncClient, url: str, body: dict[str, Any]) -> int:
    return (await provider.post(url, json=body)).status_code


def completed(receiver: Receiver) -> dict[str, Any]:
    return {"status": "completed", "outputs": [{"url": receiver.url}]}


async def test_job_completes_by_what_its_provider_reports(
    owner: Database,
    reach: Reach,
    storage: Storage,
    work_with: WorkWith,
    viewer: Viewer,
    job: Job,
    distant: DistantRunner,
    film: Path,
) -> None:
    async with receiving(Reply(body=film.read_bytes())) as receiver, work_with(distant, callbacks=CALLBACKS):
        url = await distant.given.get()
        said = await report(
            distant.provider, url, {"status": "progress", "progress": 40, "progress_text": "drawing"}
        )
        running = await reach(job, S.PROCESSING, progress=40)
        ended = await report(distant.provider, url, completed(receiver))
        done = await reach(job, S.COMPLETED)
        late = await report(distant.provider, url, {"status": "failed", "error_message": "never mind"})

    key = await fetch_value(owner, "SELECT key FROM assets WHERE job_id = $1 AND role = 'output'", job.id)
    await storage.fetch(Bucket.OUTPUTS, key, film.with_name("stored"))
    assert (said, ended, late) == (202, 202, 409)
    assert (running.progress, running.progress_text) == (40, "drawing")
    assert film.with_name("stored").read_bytes() == film.read_bytes()
    assert done.video_id is not None
    assert await read_ledger(owner, viewer) == [
        ("hold", -job.price),
        ("capture", job.price - done.credits_charged),
    ]
    assert done.credits_charged > 0
    assert await read_balance(owner, viewer) == 10_000 - done.credits_charged


async def test_job_fails_by_what_its_provider_reports(
    owner: Database,
    reach: Reach,
    work_with: WorkWith,
    viewer: Viewer,
    job: Job,
    distant: DistantRunner,
) -> None:
    async with work_with(distant, callbacks=CALLBACKS):
        url = await distant.given.get()
        await report(
            distant.provider, url, {"status": "failed", "error_code": "policy", "error_message": "No."}
        )
        failed = await reach(job, S.FAILED)

    assert (failed.error_code, failed.error_message) == ("provider_failed", "policy: No.")
    assert await read_balance(owner, viewer) == 10_000


@pytest.mark.parametrize(
    ("reply", "max_bytes", "says"),
    [
        (Reply(body=b"no film at all"), 100, "not usable"),
        (Reply(body=b"x" * 101), 100, "larger than 100 bytes"),
    ],
    ids=["garbage", "large"],
)
async def test_output_that_cannot_be_used_fails_the_job(
    reach: Reach,
    work_with: WorkWith,
    job: Job,
    distant: DistantRunner,
    reply: Reply,
    max_bytes: int,
    says: str,
) -> None:
    distant.max_bytes = max_bytes

    async with receiving(reply) as receiver, work_with(distant, callbacks=CALLBACKS):
        await report(distant.provider, await distant.given.get(), completed(receiver))
        failed = await reach(job, S.FAILED)

    assert failed.error_code == "engine_failed"
    assert says in (failed.error_message or "")


async def test_output_on_a_private_address_is_not_fetched(
    reach: Reach, work_with: WorkWith, job: Job, distant: DistantRunner, film: Path
) -> None:
    strict = OutgoingClient()
    runner = DistantRunner(client=strict, provider=distant.provider)

    async with receiving(Reply(body=film.read_bytes())) as receiver, work_with(runner, callbacks=CALLBACKS):
        await report(distant.provider, await runner.given.get(), completed(receiver))
        failed = await reach(job, S.FAILED)

    await strict.aclose()
    assert "not on the public internet" in (failed.error_message or "")
    assert receiver.requests.empty()


async def test_output_that_cannot_be_fetched_for_now_is_tried_again(
    owner: Database,
    reach: Reach,
    work_with: WorkWith,
    job: Job,
    distant: DistantRunner,
) -> None:
    async with receiving(Reply(status=503)) as receiver, work_with(distant, callbacks=CALLBACKS):
        await report(distant.provider, await distant.given.get(), completed(receiver))
        queued = await reach(job, S.QUEUED)

    assert queued.attempts == 1
    assert await fetch_value(owner, "SELECT error_code FROM attempts") == "output_unavailable"


async def test_report_is_heard_without_a_notification(
    owner: Database, work: Database, job: Job, provider: httpx.AsyncClient
) -> None:
    attempt = await claim_one(work)
    callbacks = Callbacks(
        database=work, secret=SECRET, origin=CALLBACKS.origin, poll=timedelta(milliseconds=20)
    )
    callback = callbacks.open(attempt)
    hearing = asyncio.create_task(callback.next())

    await report(provider, callback.url, {"status": "progress", "progress": 7})

    async with asyncio.timeout(20):
        heard = await hearing
    assert (heard.kind, heard.progress) == (ReportKind.PROGRESS, 7)
    assert attempt.job.id == job.id


async def test_progress_is_heard_once_and_the_end_always(
    work: Database, job: Job, provider: httpx.AsyncClient
) -> None:
    attempt = await claim_one(work)
    callback = Callbacks(database=work, secret=SECRET, origin=CALLBACKS.origin).open(attempt)

    await report(provider, callback.url, {"status": "progress", "progress": 7})
    first = await callback.next()
    await report(provider, callback.url, {"status": "failed", "error_message": "No."})
    second, third = await callback.next(), await callback.next()

    assert [one.kind for one in (first, second, third)] == ["progress", "failed", "failed"]
    assert attempt.job.id == job.id


async def test_provider_that_says_nothing_runs_into_the_time_limit(
    owner: Database, work: Database, viewer: Viewer, outgoing: OutgoingClient, tmp_path: Path
) -> None:
    await make_job(owner, viewer)
    attempt = await claim_one(work)
    callback = Callbacks(database=work, secret=SECRET, origin=CALLBACKS.origin).open(attempt)
    request = replace(make_request(tmp_path), callback=callback)

    with pytest.raises(EngineTimeout):
        await receive(
            request, client=outgoing, finisher=ChildRunner(), maker=MAKER, on_event=lambda _event: None
        )


async def test_run_that_nobody_can_report_on_is_refused(outgoing: OutgoingClient, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="public_url"):
        await receive(
            make_request(tmp_path),
            client=outgoing,
            finisher=ChildRunner(),
            maker=MAKER,
            on_event=lambda _event: None,
        )


def make_request(workdir: Path) -> Request:
    """A run that has hardly any time."""
    return Request(
        job_type=JobType.BASE,
        prompt=None,
        options={},
        inputs={},
        workdir=workdir,
        seed=1,
        deadline_seconds=0.05,
    )
