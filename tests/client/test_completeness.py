"""The client knows the whole API: each call, each field of a question, each field of an answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import BaseModel

from rushes.client import AsyncRushes, JobFilter, LibraryFilter, NewJob, Wanted
from rushes.client.server import Server
from rushes.db.pool import Database
from rushes.domain.jobs import Destination, JobStatus, JobType, Orientation, Quality
from rushes.domain.media import AssetRole
from rushes.storage.store import local_storage
from rushes.web.app import create_app
from rushes.web.services import Services
from tests.client.conftest import QUICK
from tests.client.recording import Asked, RecordingWire, body_fields, operations, query_names

ID = UUID(int=7)
LATER = datetime(2099, 1, 1, tzinfo=UTC)
PICTURE = Path(__file__)

WANTED: Wanted = {
    "inputs": dict.fromkeys(AssetRole, ID),
    "model": "motion",
    "options": {},
    "prompt": "A fox.",
    "negative_prompt": "blurry",
    "priority": 5,
    "quality": Quality.HIGH,
    "orientation": Orientation.PORTRAIT,
    "format": "mp4",
    "metadata": {},
    "destination": Destination.WORKSPACE,
    "project_id": ID,
    "workspace_session_id": ID,
    "group_id": ID,
    "auto_cancel_at": LATER,
    "parent_job_id": ID,
    "after": 0,
    "project_name": "Foxes",
    "output_name": "fox",
    "render_config": {},
    "original_prompt": "A fox.",
    "enhanced_prompt": "A fox, soft light.",
    "enhancement_strategy": "expand",
    "enhancement_time_ms": 1,
    "compel_weights": {"fox": 1.1},
    "qwen_expansion_percentage": 12.5,
    "template_name": "foxes",
    "prompt_test_id": ID,
    "test_metadata": {},
}
NEW: NewJob = {"job_type": JobType.BASE}
JOBS: JobFilter = {
    "status": JobStatus.COMPLETED,
    "job_type": JobType.BASE,
    "model": "motion",
    "project": ID,
    "group": ID,
    "session": ID,
    "parent": ID,
    "starred": True,
    "query": "fox",
    "since": LATER,
    "until": LATER,
}
BULK: JobFilter = {
    "status": JobStatus.FAILED,
    "job_type": JobType.BASE,
    "model": "motion",
    "project": ID,
    "group": ID,
}
LIBRARY: LibraryFilter = {
    "starred": True,
    "project": ID,
    "destination": Destination.WORKSPACE,
    "query": "fox",
}

Call = Callable[[AsyncRushes], Awaitable[object] | AsyncIterator[object]]
CALLS: Sequence[Call] = (
    lambda r: r.register(email="ada@example.org", password="correct horse", username="Ada"),
    lambda r: r.login(email="ada@example.org", password="correct horse"),
    lambda r: r.logout(),
    lambda r: r.me(),
    lambda r: r.change_me(username="A", avatar_url=None, email="a@example.org", current_password="correct"),
    lambda r: r.change_password(current="correct horse", new="battery staple"),
    lambda r: r.ledger(),
    lambda r: r.metrics(window="1h"),
    lambda r: r.models(),
    lambda r: r.api_keys(),
    lambda r: r.create_api_key("ci", expires_at=LATER),
    lambda r: r.revoke_api_key(ID),
    lambda r: r.upload(PICTURE, role="reference"),
    lambda r: r.upload_directly(PICTURE, role="reference"),
    lambda r: r.asset(ID),
    lambda r: r.delete_asset(ID),
    lambda r: r.submit("base", **WANTED),
    lambda r: r.submit_batch([NEW]),
    lambda r: r.quote([NEW]),
    lambda r: r.job(ID),
    lambda r: r.jobs(**JOBS),
    lambda r: r.job_page(limit=1, cursor="c"),
    lambda r: r.cancel(ID),
    lambda r: r.retry(ID),
    lambda r: r.change(ID, starred=True, rating=5, project_id=ID, destination=Destination.LIBRARY),
    lambda r: r.delete(ID),
    lambda r: r.bulk("cancel", [ID]),
    lambda r: r.bulk("retry", **BULK),
    lambda r: r.output(ID),
    lambda r: r.thumbnails(ID),
    lambda r: r.events(ID),
    lambda r: r.share(ID),
    lambda r: r.revoke_share(ID),
    lambda r: r.shared("h3k9x2mq"),
    lambda r: r.videos(**LIBRARY),
    lambda r: r.video(ID),
    lambda r: r.change_video(ID, starred=True, rating=5, project_id=ID, destination=Destination.LIBRARY),
    lambda r: r.delete_video(ID),
    lambda r: r.images(**LIBRARY),
    lambda r: r.image(ID),
    lambda r: r.change_image(ID, starred=True, rating=5, project_id=ID, destination=Destination.LIBRARY),
    lambda r: r.delete_image(ID),
    lambda r: r.projects(),
    lambda r: r.project(ID),
    lambda r: r.create_project("Foxes"),
    lambda r: r.rename_project(ID, "Hares"),
    lambda r: r.delete_project(ID),
    lambda r: r.workspace_sessions(),
    lambda r: r.workspace_session(ID),
    lambda r: r.create_workspace_session("Monday"),
    lambda r: r.rename_workspace_session(ID, "Tuesday"),
    lambda r: r.delete_workspace_session(ID),
    lambda r: r.group(ID),
    lambda r: r.enhance_prompt("A fox.", strategy="expand", template="foxes", values={}),
    lambda r: r.prompt_templates(),
    lambda r: r.prompt_template(ID),
    lambda r: r.create_prompt_template("foxes", "{prompt}"),
    lambda r: r.change_prompt_template(ID, name="foxes", body="{prompt}", strategy="clean"),
    lambda r: r.delete_prompt_template(ID),
    lambda r: r.webhooks(),
    lambda r: r.webhook(ID),
    lambda r: r.create_webhook("https://example.org", events=["job.completed"], description="d"),
    lambda r: r.change_webhook(ID, url="https://example.org", events=[], description="d", enabled=True),
    lambda r: r.delete_webhook(ID),
    lambda r: r.rotate_webhook_secret(ID),
    lambda r: r.test_webhook(ID),
    lambda r: r.deliveries(ID),
    lambda r: r.delivery(ID),
    lambda r: r.redeliver(ID),
)

LEFT_OUT = {
    "jobs_list_active": "jobs(status='active') are the same",
    "shares_read": "its addresses stand in what `shared` returns",
    "callbacks_report": "for providers",
    "jobs_follow_all": "jobs are followed one by one",
}
"""Operations that no method is for, and why."""


UNSAID = {
    "limit": "pages are asked for as they are needed",
    "cursor": "pages are asked for as they are needed",
    "last_event_id": "it is sent as a header",
    "template_id": "a template is named by its name",
    "media_type": "the server looks at the content",
}
"""Fields that the client has no word for, and why."""

SYNONYMS = {"job_id", "model_type", "api_model_id", "video_url_expires_at", "video_url"}
"""Fields of answers that say what another one says."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the server says of itself."""
    storage = local_storage(tmp_path_factory.mktemp("storage"))
    # Nothing is asked of the database.
    services = Services(database=Database(None), listen_url="", storage=storage, secret=b"s" * 32)
    return create_app(services).openapi()


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Every call, done once: what was asked, and what was answered."""

    asked: Sequence[Asked]
    answers: Sequence[object]


async def play(document: dict[str, Any], *, whole: bool) -> Played:
    """Do every call once."""
    wire = RecordingWire(document, whole=whole)
    answers: list[object] = []
    async with AsyncRushes("http://rushes.test", api_key="k", patience=QUICK) as rushes:
        await rushes.close()
        rushes.server = Server(wire=wire, address="http://rushes.test", credential="k", patience=QUICK)
        for call in CALLS:
            result = call(rushes)
            answers.append(await anext(result) if isinstance(result, AsyncIterator) else await result)
    return Played(asked=wire.asked, answers=answers)


@pytest.fixture(scope="module")
def played(document: dict[str, Any]) -> Played:
    """Every call, with answers in which every field has a value."""
    return asyncio.run(play(document, whole=True))


def untyped(answer: object) -> Iterator[str]:
    """The fields of an answer that the client keeps without knowing them."""
    match answer:
        case BaseModel():
            name = type(answer).__name__
            yield from (f"{name}.{field}" for field in set(answer.model_extra or ()) - SYNONYMS)
            for field in type(answer).model_fields:
                yield from untyped(getattr(answer, field))
        case list() | tuple():
            for one in cast("Sequence[object]", answer):
                yield from untyped(one)
        case _:
            pass


def test_every_call_of_the_api_is_a_method(document: dict[str, Any], played: Played) -> None:
    asked = {one.operation for one in played.asked}

    assert set(operations(document)) - asked == LEFT_OUT.keys()


def test_every_method_is_called_here() -> None:
    methods = {name for name in vars(AsyncRushes) if not name.startswith("_")}
    called = {name for call in CALLS for name in call.__code__.co_names}

    assert methods - called == {"close", "wait", "download"}


def test_every_field_of_an_answer_is_typed(played: Played) -> None:
    assert sorted({field for answer in played.answers for field in untyped(answer)}) == []


async def test_answers_are_understood_where_all_is_null_that_may_be(document: dict[str, Any]) -> None:
    played = await play(document, whole=False)

    assert len(played.answers) == len(CALLS)


def test_everything_that_can_be_asked_has_a_word(document: dict[str, Any], played: Played) -> None:
    known = operations(document)

    unsaid = {
        f"{name}: {field}"
        for name in known.keys() - LEFT_OUT.keys() - {"jobs_quote_jobs"}  # it takes what submissions take
        for field in (query_names(known[name]) | body_fields(document, known[name])) - UNSAID.keys()
        if not any(one.operation == name and field in one.query | one.fields for one in played.asked)
    }

    assert unsaid == set()


def test_nothing_is_asked_that_the_api_does_not_know(document: dict[str, Any], played: Played) -> None:
    known = operations(document)

    unknown = {
        f"{one.operation}: {field}"
        for one in played.asked
        for field in (one.query - query_names(known[one.operation]))
        | (one.fields - body_fields(document, known[one.operation]))
    }

    assert unknown == set()
