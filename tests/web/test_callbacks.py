import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from rushes.actions.callbacks import mint_callback_token
from rushes.db.pool import Database
from rushes.domain.callbacks import Report, ReportKind
from rushes.domain.ids import Lease
from rushes.domain.jobs import Attempt
from rushes.web.credentials import COOKIE
from tests.factories import claim_one, complete, fetch_value, make_job, make_output, retry_or_fail
from tests.web.people import API, SECRET, Person, wrong_fields

HOUR = timedelta(hours=1)
FILM = {"url": "https://provider.example/1.mp4"}
COMPLETED = {"status": "completed", "outputs": [FILM]}
FAILED = {"status": "failed", "error_code": "content_policy", "error_message": "No."}
PROGRESS = {"status": "progress", "progress": 40, "progress_text": "drawing"}


@pytest.fixture
async def attempt(owner: Database, work: Database, ada: Person) -> Attempt:
    """An attempt under way."""
    await make_job(owner, ada.viewer)
    return await claim_one(work)


def token_of(attempt: Attempt, *, secret: bytes = SECRET, lifetime: timedelta = HOUR) -> str:
    return mint_callback_token(secret, attempt, lifetime=lifetime)


async def report(client: httpx.AsyncClient, token: str, body: Any) -> httpx.Response:
    return await client.post(f"{API}/callbacks/{token}", json=body)


async def read_reports(owner: Database) -> list[tuple[str, dict[str, Any]]]:
    async with owner.transaction() as tx:
        rows = await tx.fetch("SELECT kind, body FROM attempt_reports ORDER BY received_at")
    return [(row["kind"], row["body"]) for row in rows]


async def test_reports_are_kept_for_the_worker(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    answers = [await report(client, token_of(attempt), body) for body in (PROGRESS, COMPLETED)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[1].json() == {"job_id": str(attempt.job.id), "attempt": 1, "status": "completed"}
    assert await read_reports(owner) == [
        ("progress", {"progress": 40, "progress_text": "drawing"}),
        ("completed", {"output_url": FILM["url"]}),
    ]


async def test_latest_progress_alone_is_kept(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    await report(client, token_of(attempt), PROGRESS)
    await report(client, token_of(attempt), {"status": "progress", "progress": 41})

    assert await read_reports(owner) == [("progress", {"progress": 41})]


async def test_end_repeated_in_the_same_words_is_taken_once(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    first = await report(client, token_of(attempt), COMPLETED)
    again = await report(client, token_of(attempt), COMPLETED)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert len(await read_reports(owner)) == 1


@pytest.mark.parametrize(
    "body", [FAILED, PROGRESS, COMPLETED | {"outputs": [{"url": "https://a.example/2"}]}]
)
async def test_nothing_is_taken_after_the_end(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt, body: dict[str, Any]
) -> None:
    await report(client, token_of(attempt), COMPLETED)

    answer = await report(client, token_of(attempt), body)

    assert answer.status_code == 409
    assert await read_reports(owner) == [("completed", {"output_url": FILM["url"]})]


async def test_report_on_an_attempt_that_is_over_is_late(
    owner: Database, work: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    await complete(work, attempt, make_output(), log="")

    answer = await report(client, token_of(attempt), FAILED)

    assert answer.status_code == 409
    assert answer.json()["code"] == "lease_lost"
    assert await read_reports(owner) == []
    assert await fetch_value(owner, "SELECT status FROM jobs") == "completed"


async def test_report_after_the_lease_is_late(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE jobs SET lease_until = clock_timestamp()")

    answer = await report(client, token_of(attempt), COMPLETED)

    assert answer.status_code == 409
    assert await read_reports(owner) == []


async def test_token_of_an_earlier_attempt_is_late(
    owner: Database, work: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    await retry_or_fail(work, attempt, error_code="test", error_message="", retryable=True, log="")
    async with owner.transaction() as tx:
        await tx.execute("UPDATE jobs SET run_at = now()")
    second = await claim_one(work)

    late = await report(client, token_of(attempt), FAILED)
    in_time = await report(client, token_of(second), COMPLETED)

    assert (late.status_code, in_time.status_code) == (409, 202)
    assert await read_reports(owner) == [("completed", {"output_url": FILM["url"]})]


@pytest.mark.parametrize(
    "changes",
    [{"number": 2}, {"lease": Lease(uuid4())}, {"number": 2**16 - 1}],
    ids=["number", "lease", "huge"],
)
async def test_token_of_another_attempt_is_refused(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt, changes: dict[str, Any]
) -> None:
    answer = await report(client, token_of(replace(attempt, **changes)), COMPLETED)

    assert answer.status_code == 409
    assert await read_reports(owner) == []


async def test_token_of_another_job_is_refused(
    owner: Database, work: Database, client: httpx.AsyncClient, ada: Person, attempt: Attempt
) -> None:
    await make_job(owner, ada.viewer)
    other = await claim_one(work)

    answer = await report(client, token_of(replace(attempt, job=other.job)), COMPLETED)

    assert answer.status_code == 409
    assert await read_reports(owner) == []


def flipped(token: str, at: int) -> str:
    """The token with one bit of one byte changed."""
    raw = bytearray(base64.urlsafe_b64decode(token + "=="))
    raw[at] ^= 1
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize("at", [0, 16, 33, 41, 42, -1])
async def test_altered_token_is_forged(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt, at: int
) -> None:
    answer = await report(client, flipped(token_of(attempt), at), COMPLETED)

    assert answer.status_code == 403
    assert answer.json()["code"] == "signature_invalid"
    assert await read_reports(owner) == []


@pytest.mark.parametrize("token", ["nonsense", "A" * 100, "A" * 5000, "%C3%A9", "%00", "AAAA====", "a b"])
async def test_nonsense_is_refused_like_a_forged_token(client: httpx.AsyncClient, token: str) -> None:
    answer = await report(client, token, COMPLETED)

    assert answer.status_code == 403


async def test_token_signed_with_another_secret_is_forged(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    answer = await report(client, token_of(attempt, secret=b"another secret, 32 bytes or more!"), COMPLETED)

    assert answer.status_code == 403
    assert await read_reports(owner) == []


async def test_tokens_of_sessions_and_callbacks_do_not_stand_for_each_other(
    client: httpx.AsyncClient, ada: Person, attempt: Attempt
) -> None:
    as_callback = await report(client, ada.token, COMPLETED)
    as_session = await client.get(f"{API}/me", headers={"Authorization": f"Bearer {token_of(attempt)}"})
    as_cookie = await client.get(f"{API}/me", headers={"Cookie": f"{COOKIE}={token_of(attempt)}"})

    assert (as_callback.status_code, as_session.status_code, as_cookie.status_code) == (403, 401, 401)


async def test_expired_token_is_told_so(owner: Database, client: httpx.AsyncClient, attempt: Attempt) -> None:
    answer = await report(client, token_of(attempt, lifetime=-timedelta(seconds=2)), COMPLETED)

    assert answer.status_code == 410
    assert await read_reports(owner) == []


async def test_body_that_is_too_large_is_refused(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt
) -> None:
    answer = await report(client, token_of(attempt), FAILED | {"error_message": "x" * 2**20})

    assert answer.status_code == 413
    assert await read_reports(owner) == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["status"]),
        ({"status": "done"}, ["status"]),
        ({"status": "progress"}, ["progress"]),
        ({"status": "progress", "progress": 101}, ["progress"]),
        ({"status": "progress", "progress": -1, "progress_text": "x" * 201}, ["progress", "progress_text"]),
        ({"status": "progress", "progress": 10**30}, ["progress"]),
        ({"status": "progress", "progress": 1, "progress_text": "a\0"}, ["progress_text"]),
        ({"status": "progress", "progress": 1, "outputs": [FILM]}, ["outputs"]),
        ({"status": "completed"}, ["outputs"]),
        ({"status": "completed", "outputs": []}, ["outputs"]),
        ({"status": "completed", "outputs": [FILM, FILM]}, ["outputs"]),
        ({"status": "completed", "outputs": [{"url": "file:///etc/passwd"}]}, ["outputs.url"]),
        ({"status": "completed", "outputs": [{"url": "https://a.example/" + "x" * 4000}]}, ["outputs.url"]),
        ({"status": "completed", "outputs": [FILM | {"role": "motion"}]}, ["outputs.role"]),
        (COMPLETED | {"error_code": "x", "progress": 100}, ["error_code", "progress"]),
        ({"status": "failed", "error_code": "no spaces"}, ["error_code"]),
        ({"status": "failed"}, ["error_message"]),
        ({"status": "failed", "error_message": "x" * 1001}, ["error_message"]),
        (COMPLETED | {"job_id": str(uuid4())}, ["job_id"]),
    ],
)
async def test_every_wrong_field_is_named(
    owner: Database, client: httpx.AsyncClient, attempt: Attempt, body: dict[str, Any], fields: list[str]
) -> None:
    answer = await report(client, token_of(attempt), body)

    assert answer.status_code == 422
    assert wrong_fields(answer) == fields
    assert await read_reports(owner) == []


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff", b'{"status": NaN}'])
async def test_body_that_is_no_report_is_refused(
    client: httpx.AsyncClient, attempt: Attempt, content: bytes
) -> None:
    answer = await client.post(
        f"{API}/callbacks/{token_of(attempt)}", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422


async def test_token_does_not_stand_in_the_log(client: httpx.AsyncClient, attempt: Attempt) -> None:
    with capture_logs() as lines:
        await report(client, token_of(attempt), PROGRESS)

    assert [line["path"] for line in lines if line["event"] == "http.request"] == [f"{API}/callbacks/…"]
    assert token_of(attempt)[:40] not in str(lines)


async def test_web_cannot_read_what_was_reported(web: Database, ada: Person, attempt: Attempt) -> None:
    async with web.transaction(viewer=ada.viewer.user_id) as tx:
        readable = await tx.fetch(
            "SELECT has_column_privilege('rushes_web', 'attempt_reports', 'body', 'SELECT')"
        )

    assert [row[0] for row in readable] == [False]


def test_report_survives_its_writing_down() -> None:
    said = Report(kind=ReportKind.FAILED, error_code="content_policy", error_message="No.")

    assert Report.of(said.kind, said.body()) == said
