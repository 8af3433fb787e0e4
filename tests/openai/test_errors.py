from dataclasses import replace
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobStatus
from rushes.domain.openai_ids import video_id
from rushes.web.limiting import RateRules
from rushes.web.services import Services
from tests.factories import PNG, fetch_value, make_bare_job, make_viewer
from tests.openai.conftest import Connect
from tests.openai.site import BROKEN, Maker
from tests.web.site import served

VIDEO: dict[str, Any] = {"prompt": "A fox.", "model": "sketch"}
FILES = {"input_reference": {"file_id": "0" * 32}, "motion": "0" * 32}
COUNT_FILES = "SELECT count(*) FROM assets WHERE status <> 'deleted'"


async def test_a_wrong_key_is_refused(connect: Connect, url: str) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        await connect(url, api_key="rsk_wrong").videos.list()

    assert (caught.value.code, caught.value.type) == ("invalid_api_key", "authentication_error")
    assert caught.value.request_id == caught.value.response.headers["x-request-id"]


async def test_a_video_of_somebody_else_is_missing(client: AsyncOpenAI, owner: Database) -> None:
    other = await make_viewer(owner)
    made = await make_bare_job(owner, other, JobStatus.COMPLETED)

    with pytest.raises(openai.NotFoundError) as caught:
        await client.videos.retrieve(video_id(made))

    assert caught.value.type == "invalid_request_error"
    assert caught.value.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("name", ["video_", "nothing", "video_zz", "%00", "video_" + "0" * 32])
async def test_an_id_that_is_none_is_missing(client: AsyncOpenAI, name: str) -> None:
    with pytest.raises(openai.NotFoundError):
        await client.videos.retrieve(name)


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "A\0B"}, "prompt"),
        ({"seconds": "0"}, "seconds"),
        ({"seconds": "nan"}, "seconds"),
        ({"seconds": "four"}, "seconds"),
        ({"size": "1024x1792"}, "size"),
        ({"extra_body": {"advanced": {"seed": -1}}}, "advanced.seed"),
        ({"extra_body": {"colour": "red"}}, "colour"),
        ({"extra_body": {"input_reference": {"image_url": "data:text/plain,x"}}}, "input_reference"),
        ({"extra_body": {"input_reference": {"image_url": "ftp://x/y"}}}, "input_reference.image_url"),
        ({"extra_body": {"input_reference": {"file_id": "0" * 32}}}, "input_reference"),
        ({"extra_body": {"priority": 1}}, "priority"),
        ({"extra_body": {"motion": "0" * 32}}, "motion"),
        ({"model": "brush"}, "model"),
        ({"model": "mover", "seconds": "4", "extra_body": FILES}, "seconds"),
    ],
)
async def test_a_wrong_wish_is_named(client: AsyncOpenAI, wish: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.videos.create(**VIDEO | wish)

    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"


async def test_a_model_that_is_none_is_missing(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.videos.create(prompt="A fox.", model="sora-9")

    assert (caught.value.param, caught.value.code) == ("model", "model_not_found")


async def test_every_wrong_field_is_in_the_message(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.generate(prompt="", model="brush", n=11, size="256x256")

    assert {"prompt", "n", "size"} <= set(caught.value.message.replace(":", " ").replace("'", " ").split())


async def test_a_file_that_cannot_be_used_is_unprocessable(
    client: AsyncOpenAI, owner: Database, worker: Maker
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        await client.videos.create(**VIDEO, input_reference=BROKEN)

    assert (caught.value.param, "broken" in caught.value.message) == ("input_reference", True)
    assert await fetch_value(owner, COUNT_FILES) == 0


async def test_a_file_of_another_type_is_refused(client: AsyncOpenAI, owner: Database) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        await client.videos.create(**VIDEO, input_reference=b"neither one nor the other")

    assert (caught.value.status_code, caught.value.param) == (415, "input_reference")
    assert await fetch_value(owner, COUNT_FILES) == 0


async def test_files_of_a_request_that_is_refused_are_deleted(client: AsyncOpenAI, owner: Database) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.videos.create(prompt="", model="sketch", input_reference=PNG)

    assert await fetch_value(owner, COUNT_FILES) == 0


async def test_missing_credits_are_not_asked_for_again(
    client: AsyncOpenAI, owner: Database, viewer: Viewer
) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET credits = 1 WHERE id = $1", viewer.user_id)

    with pytest.raises(openai.APIStatusError) as caught:
        await client.videos.create(**VIDEO)

    assert (caught.value.status_code, caught.value.code) == (402, "insufficient_credits")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert caught.value.response.request.headers["x-stainless-retry-count"] == "0"


async def test_a_running_video_cannot_be_deleted(
    client: AsyncOpenAI, owner: Database, viewer: Viewer
) -> None:
    made = await make_bare_job(owner, viewer, JobStatus.PROCESSING)

    with pytest.raises(openai.ConflictError) as caught:
        await client.videos.delete(video_id(made))

    assert caught.value.response.request.headers["x-stainless-retry-count"] == "0"


async def test_a_cookie_of_another_site_may_not(connect: Connect, url: str) -> None:
    headers = {"Authorization": openai.Omit(), "Cookie": "rushes_session=x", "Origin": "https://evil.example"}

    with pytest.raises(openai.PermissionDeniedError):
        await connect(url).videos.remix("video_1", prompt="A fox.", extra_headers=headers)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"order": "up"}, {"after": "x"}])
async def test_a_wrong_page_is_named(client: AsyncOpenAI, query: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.videos.list(**query)

    assert caught.value.param == next(iter(query))


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/v1/nothing", {}, 404),
        ("GET", "/v1", {}, 404),
        ("PUT", "/v1/videos", {}, 405),
        ("POST", "/v1/images/generations", {"content": b"{"}, 400),
        ("POST", "/v1/images/generations", {"content": b" " * 2**21}, 413),
        ("POST", "/v1/videos", {"json": {"prompt": "x" * 2**21}}, 413),
        ("POST", "/v1/videos", {"json": []}, 400),
        ("POST", "/v1/videos", {"content": b'{"\\ud800": 1}'}, 415),
        (
            "POST",
            "/v1/videos",
            {"content": b'{"\\ud800": 1}', "headers": {"Content-Type": "application/json"}},
            400,
        ),
        ("POST", "/v1/images/generations", {"content": b'{"\\ud800": 1}'}, 400),
        ("POST", "/v1/videos", {"files": {"other": b"x"}}, 400),
        ("POST", "/v1/videos", {"data": {"a[b]": "1", "a": "2"}, "files": {"n": (None, "")}}, 400),
        (
            "POST",
            "/v1/videos",
            {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            400,
        ),
    ],
)
async def test_every_refusal_is_in_the_words_of_the_dialect(
    url: str, key: str, viewer: Viewer, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as plain:
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/html"} | options.pop("headers", {})
        answer = await plain.request(method, path, headers=headers, **options)

    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert (answer.headers["content-type"], len(answer.headers["x-request-id"])) == ("application/json", 32)
    assert answer.headers["x-should-retry"] == "false"


async def test_a_limit_says_when_to_come_back(services: Services, connect: Connect, viewer: Viewer) -> None:
    async with served(replace(services, rates=RateRules(submits=1))) as url:
        client = connect(url, max_retries=0)
        await client.videos.create(**VIDEO)

        with pytest.raises(openai.RateLimitError) as caught:
            await client.videos.create(**VIDEO)

    assert caught.value.code == "rate_limit_exceeded"
    assert int(caught.value.response.headers["retry-after"]) > 0
    assert "x-should-retry" not in caught.value.response.headers
