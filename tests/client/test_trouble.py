"""What the client does when the server is away, busy or not what it seems."""

import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import pytest

from rushes.client import (
    AsyncRushes,
    ClientError,
    Conflict,
    Denied,
    InsufficientCredits,
    Invalid,
    InvalidAnswer,
    Limited,
    Missing,
    NotSignedIn,
    Refused,
    ServerTrouble,
    Unreachable,
)
from tests.client.conftest import QUICK
from tests.client.peer import Peer, answer, peer

JOB_ID = UUID(int=7)
USER = {
    "id": str(UUID(int=1)),
    "email": "ada@example.org",
    "username": None,
    "avatar_url": None,
    "role": "user",
    "plan": "free",
    "credits": 5,
    "slots": 2,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "limits": {"slots": 2, "best_priority": 3, "per_minute": {"submit": 30}},
}
ME = answer("200 OK", json.dumps(USER))
NOTHING = b""
"""The connection is closed without an answer."""

Call = Callable[[AsyncRushes], Awaitable[Any]]


def client_of(site: Peer) -> AsyncRushes:
    return AsyncRushes(site.address, api_key="rsk_test", patience=QUICK, trust_env=False)


async def test_reading_is_repeated_after_a_connection_that_died() -> None:
    async with peer([NOTHING, NOTHING, ME]) as site, client_of(site) as rushes:
        user = await rushes.me()

    assert user.credits == 5
    assert len(site.heard) == 3


async def test_reading_is_given_up_after_some_tries() -> None:
    async with peer([NOTHING]) as site, client_of(site) as rushes:
        with pytest.raises(Unreachable, match="broke") as caught:
            await rushes.me()

    assert caught.value.is_sent
    assert len(site.heard) == QUICK.attempts


async def test_answer_that_is_cut_off_is_asked_for_again() -> None:
    async with peer([ME[:-20], ME]) as site, client_of(site) as rushes:
        assert (await rushes.me()).credits == 5


async def test_busy_server_is_asked_again_when_it_says() -> None:
    busy = answer("503 Service Unavailable", retry_after="1")
    async with peer([busy, ME]) as site, client_of(site) as rushes:
        began = time.monotonic()
        await rushes.me()

    assert time.monotonic() - began >= 1


async def test_moment_of_a_repeat_can_be_a_date() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    async with (
        peer([answer("429 Too Many Requests", retry_after=moment), ME]) as site,
        client_of(site) as rushes,
    ):
        began = time.monotonic()
        await rushes.me()

    assert 0.5 <= time.monotonic() - began <= 4


async def test_server_that_wants_too_much_patience_is_not_waited_for() -> None:
    async with (
        peer([answer("429 Too Many Requests", retry_after="3600")]) as site,
        client_of(site) as rushes,
    ):
        with pytest.raises(Limited) as caught:
            await rushes.me()

    assert caught.value.retry_after_seconds == 3600
    assert len(site.heard) == 1


async def test_submission_is_repeated_with_the_same_key() -> None:
    async with (
        peer([NOTHING, answer("503 Away"), answer("402 Payment Required")]) as site,
        client_of(site) as rushes,
    ):
        with pytest.raises(InsufficientCredits):
            await rushes.submit("base", inputs={"reference": str(JOB_ID)})

    keys = [one.headers["idempotency-key"] for one in site.heard]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert len({one.body for one in site.heard}) == 1


async def test_each_submission_has_a_key_of_its_own() -> None:
    async with peer([answer("402 Payment Required")]) as site, client_of(site) as rushes:
        for _ in range(2):
            with pytest.raises(InsufficientCredits):
                await rushes.submit("base")

    assert len({one.headers["idempotency-key"] for one in site.heard}) == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda rushes: rushes.cancel(JOB_ID),
        lambda rushes: rushes.retry(JOB_ID),
        lambda rushes: rushes.create_api_key("ci"),
        lambda rushes: rushes.register(email="ada@example.org", password="correct horse"),
    ],
    ids=["cancel", "retry", "create_api_key", "register"],
)
@pytest.mark.parametrize("trouble", [NOTHING, answer("503 Away")], ids=["dead", "busy"])
async def test_what_may_have_been_done_is_not_repeated(call: Call, trouble: bytes) -> None:
    async with peer([trouble]) as site, client_of(site) as rushes:
        with pytest.raises((Unreachable, ServerTrouble)):
            await call(rushes)

    assert len(site.heard) == 1


async def test_what_was_turned_away_at_the_door_is_repeated() -> None:
    busy = answer("429 Too Many Requests", retry_after="0")
    async with peer([busy, answer("409 Conflict")]) as site, client_of(site) as rushes:
        with pytest.raises(Conflict):
            await rushes.cancel(JOB_ID)

    assert len(site.heard) == 2


async def test_deletion_whose_answer_was_lost_has_succeeded() -> None:
    async with peer([NOTHING, answer("404 Not Found")]) as site, client_of(site) as rushes:
        await rushes.delete(JOB_ID)

    assert len(site.heard) == 2


async def test_deletion_of_what_is_not_there_is_refused() -> None:
    async with peer([answer("404 Not Found")]) as site, client_of(site) as rushes:
        with pytest.raises(Missing):
            await rushes.delete(JOB_ID)


async def test_server_that_does_not_listen_is_told_by_name() -> None:
    async with peer([ME]) as site:
        pass
    async with client_of(site) as rushes:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+ cannot be reached") as caught:
            await rushes.me()

    assert not caught.value.is_sent


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"id": 1}',
        b"\xff\xfe",
        json.dumps(USER | {"role": "king"}).encode(),
    ],
    ids=repr,
)
async def test_answer_that_is_no_user_is_an_error_of_ours(body: bytes) -> None:
    async with peer([answer("200 OK", body)]) as site, client_of(site) as rushes:
        with pytest.raises(InvalidAnswer, match="/me"):
            await rushes.me()


async def test_answer_that_is_no_http_is_an_error_of_ours() -> None:
    async with peer([b"SSH-2.0-OpenSSH_9.6\r\n"]) as site, client_of(site) as rushes:
        with pytest.raises(ClientError):
            await rushes.me()


async def test_what_a_newer_server_adds_is_kept() -> None:
    async with (
        peer([answer("200 OK", json.dumps(USER | {"shoe": 43}))]) as site,
        client_of(site) as rushes,
    ):
        user = await rushes.me()

    assert user.model_dump()["shoe"] == 43


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", Invalid),
        ("401 Unauthorized", NotSignedIn),
        ("402 Payment Required", InsufficientCredits),
        ("403 Forbidden", Denied),
        ("404 Not Found", Missing),
        ("409 Conflict", Conflict),
        ("410 Gone", Missing),
        ("413 Content Too Large", Invalid),
        ("415 Unsupported", Invalid),
        ("422 Unprocessable", Invalid),
        ("418 Teapot", Refused),
        ("302 Found", Refused),
        ("500 Oh", ServerTrouble),
    ],
)
async def test_refusal_has_a_class_by_its_status(status: str, kind: type[Refused]) -> None:
    async with peer([answer(status, "<html>")]) as site, client_of(site) as rushes:
        with pytest.raises(Refused) as caught:
            await rushes.me()

    assert type(caught.value) is kind
    assert str(caught.value.status) == status[:3]


async def test_refusal_carries_what_the_server_says() -> None:
    problem = {
        "code": "insufficient_credits",
        "detail": "This costs 9 credits.",
        "errors": [{"field": "options", "message": "Too long."}],
        "request_id": "r-1",
        "credits": {"needed": 9, "available": 5, "held": 0},
    }
    async with (
        peer([answer("402 Payment Required", json.dumps(problem))]) as site,
        client_of(site) as rushes,
    ):
        with pytest.raises(InsufficientCredits) as caught:
            await rushes.me()

    error = caught.value
    assert (error.code, error.request_id, error.errors[0].field) == ("insufficient_credits", "r-1", "options")
    assert error.credits == {"needed": 9, "available": 5, "held": 0}
    assert str(error) == "This costs 9 credits. options: Too long."


@pytest.mark.parametrize(
    "url", ["", "rushes", "ftp://a", "http://", "http://ada:secret@a", "http://[::1", "a\nb"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ClientError):
        AsyncRushes(url, api_key="k")
