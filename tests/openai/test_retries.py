import asyncio
from typing import Any
from uuid import UUID

import openai
import pytest
from openai import AsyncOpenAI

from rushes.actions.accounts import create_api_key
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from tests.factories import BLOCKED, PNG, fetch_value, read_balance
from tests.openai.conftest import Connect
from tests.openai.proxy import Fault, proxying
from tests.openai.site import Maker

VIDEO: dict[str, Any] = {"prompt": "A fox.", "model": "sketch"}
COUNT_JOBS = "SELECT count(*) FROM jobs"
REPEATED = {"x-stainless-retry-count": "1"}


async def until_blocked(owner: Database, count: int) -> None:
    """Wait until so many transactions wait for the lock of another."""
    async with asyncio.timeout(20):
        while await fetch_value(owner, BLOCKED) < count:
            pass


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.BROKEN])
async def test_a_repeat_of_a_lost_answer_makes_no_second_job(
    connect: Connect, url: str, owner: Database, viewer: Viewer, fault: Fault
) -> None:
    async with proxying(url, fault) as proxy:
        video = await connect(proxy.url).videos.create(**VIDEO)

    assert len(proxy.heads) == 2
    assert "x-stainless-retry-count: 1" in proxy.heads[1]
    assert await fetch_value(owner, COUNT_JOBS) == 1
    assert await fetch_value(owner, "SELECT id FROM jobs") == job_id_of(video.id)
    assert await read_balance(owner, viewer) == 10_000 - 20


async def test_a_repeat_with_a_file_keeps_one_file(
    connect: Connect, url: str, owner: Database, viewer: Viewer, worker: Maker
) -> None:
    async with proxying(url, Fault.CUT, Fault.CUT) as proxy:
        await connect(proxy.url).videos.create(**VIDEO, input_reference=PNG)

    assert len(proxy.heads) == 3
    assert await fetch_value(owner, COUNT_JOBS) == 1
    assert (
        await fetch_value(
            owner, "SELECT count(*) FROM assets WHERE role = 'reference' AND status <> 'deleted'"
        )
        == 1
    )


async def test_a_repeat_that_overtakes_its_request_makes_no_second_job(
    connect: Connect, url: str, owner: Database, viewer: Viewer
) -> None:
    async with proxying(url, Fault.CUT_AT_ONCE) as proxy:
        async with owner.transaction() as tx:
            await tx.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", viewer.user_id)
            creating = asyncio.create_task(connect(proxy.url).videos.create(**VIDEO))
            await until_blocked(owner, 2)
        await creating

    assert len(proxy.heads) == 2
    assert await fetch_value(owner, COUNT_JOBS) == 1


async def test_a_repeat_of_a_remix_makes_no_second_job(
    connect: Connect, client: AsyncOpenAI, url: str, owner: Database, viewer: Viewer, worker: Maker
) -> None:
    source = await client.videos.create_and_poll(**VIDEO, poll_interval_ms=50)

    async with proxying(url, Fault.CUT) as proxy:
        await connect(proxy.url).videos.remix(source.id, prompt="A hare.")

    assert await fetch_value(owner, COUNT_JOBS) == 2


async def test_a_repeat_gets_the_pictures_of_the_first(
    connect: Connect, url: str, owner: Database, viewer: Viewer, worker: Maker
) -> None:
    async with proxying(url, Fault.CUT) as proxy:
        answer = await connect(proxy.url).images.generate(prompt="A fox.", model="brush", n=2)

    assert len(answer.data or []) == 2
    assert await fetch_value(owner, COUNT_JOBS) == 2


async def test_the_same_wish_again_is_another_job(client: AsyncOpenAI, owner: Database) -> None:
    videos = await asyncio.gather(*(client.videos.create(**VIDEO) for _ in range(3)))

    assert len({video.id for video in videos}) == 3
    assert await fetch_value(owner, COUNT_JOBS) == 3


async def test_a_repeat_of_what_never_came_makes_a_job(client: AsyncOpenAI, owner: Database) -> None:
    await client.videos.create(**VIDEO, extra_headers=REPEATED)

    assert await fetch_value(owner, COUNT_JOBS) == 1


async def test_a_repeat_with_other_words_is_another_job(client: AsyncOpenAI, owner: Database) -> None:
    await client.videos.create(**VIDEO)
    await client.videos.create(**VIDEO, seconds="8", extra_headers=REPEATED)

    assert await fetch_value(owner, COUNT_JOBS) == 2


async def test_a_repeat_with_another_picture_is_another_job(
    client: AsyncOpenAI, owner: Database, worker: Maker
) -> None:
    await client.videos.create(**VIDEO, input_reference=PNG)
    await client.videos.create(**VIDEO, input_reference=PNG + b"2", extra_headers=REPEATED)

    assert await fetch_value(owner, COUNT_JOBS) == 2


async def test_a_repeat_by_another_key_is_another_job(
    client: AsyncOpenAI, connect: Connect, url: str, owner: Database, viewer: Viewer
) -> None:
    _, other = await create_api_key(owner, viewer, name="other", expires_at=None)
    await client.videos.create(**VIDEO)

    await connect(url, api_key=other).videos.create(**VIDEO, extra_headers=REPEATED)

    assert await fetch_value(owner, COUNT_JOBS) == 2


async def test_a_late_repeat_is_another_job(client: AsyncOpenAI, owner: Database) -> None:
    await client.videos.create(**VIDEO)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE idempotency SET created_at = now() - interval '61 seconds'")

    await client.videos.create(**VIDEO, extra_headers=REPEATED)

    assert await fetch_value(owner, COUNT_JOBS) == 2


async def test_a_repeat_of_what_was_refused_is_judged_anew(client: AsyncOpenAI, owner: Database) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.videos.create(prompt="A fox.", model="brush")

    with pytest.raises(openai.BadRequestError):
        await client.videos.create(prompt="A fox.", model="brush", extra_headers=REPEATED)

    assert await fetch_value(owner, COUNT_JOBS) == 0


async def test_a_key_of_the_clients_own_makes_one_job(client: AsyncOpenAI, owner: Database) -> None:
    headers = {"Idempotency-Key": "order-17"}
    first = await client.videos.create(**VIDEO, extra_headers=headers)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE idempotency SET created_at = now() - interval '2 hours'")

    again = await client.videos.create(**VIDEO, extra_headers=headers)

    assert again.id == first.id
    assert await fetch_value(owner, COUNT_JOBS) == 1


async def test_a_key_of_another_body_is_refused_at_once(client: AsyncOpenAI) -> None:
    headers = {"Idempotency-Key": "order-17"}
    await client.videos.create(**VIDEO, extra_headers=headers)

    with pytest.raises(openai.ConflictError) as caught:
        await client.videos.create(**VIDEO, seconds="8", extra_headers=headers)

    assert caught.value.code == "idempotency_conflict"
    assert caught.value.response.request.headers["x-stainless-retry-count"] == "0"


def job_id_of(video_id: str) -> UUID:
    """The id of the job behind a video."""
    return UUID(video_id.removeprefix("video_"))
