import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.media import AssetRole
from rushes.errors import EngineCrashed, EngineRefused
from rushes.web.services import Services
from tests.factories import PNG, fetch_value, read_balance
from tests.openai.conftest import Connect
from tests.openai.site import Maker
from tests.web.site import served

WorkWith = Callable[[Maker], AbstractAsyncContextManager[None]]

COUNT_JOBS = "SELECT count(*) FROM jobs"


@pytest.fixture
async def hasty(services: Services, connect: Connect) -> AsyncIterator[AsyncOpenAI]:
    """A client of a site that does not wait for pictures."""
    async with served(replace(services, image_wait=timedelta(0))) as url:
        yield connect(url)


async def test_a_picture_comes_as_an_address_and_as_it_is(client: AsyncOpenAI, worker: Maker) -> None:
    answer = await client.images.generate(prompt="A fox.", model="brush")

    (picture,) = answer.data or []
    assert base64.b64decode(picture.b64_json or "") == PNG
    async with httpx.AsyncClient(trust_env=False) as plain:
        assert (await plain.get(picture.url or "")).content == PNG


@pytest.mark.parametrize(("wanted", "given"), [("url", (True, False)), ("b64_json", (False, True))])
async def test_a_picture_comes_as_it_was_asked_for(
    client: AsyncOpenAI, worker: Maker, wanted: Any, given: tuple[bool, bool]
) -> None:
    answer = await client.images.generate(prompt="A fox.", model="brush", response_format=wanted)

    (picture,) = answer.data or []
    assert (picture.url is not None, picture.b64_json is not None) == given


async def test_several_pictures_are_jobs_of_one_group(
    client: AsyncOpenAI, owner: Database, viewer: Viewer, worker: Maker
) -> None:
    answer = await client.images.generate(prompt="A fox.", model="brush", n=3)

    assert len(answer.data or []) == 3
    assert await fetch_value(owner, "SELECT count(DISTINCT group_id) FROM jobs") == 1
    assert answer.credits_charged == 15  # pyright: ignore[reportAttributeAccessIssue] - a field of ours
    assert await read_balance(owner, viewer) == 10_000 - 15


async def test_what_is_said_of_a_picture_reaches_its_job(
    client: AsyncOpenAI, owner: Database, worker: Maker
) -> None:
    await client.images.generate(
        prompt="A fox.",
        model="brush",
        size="720x1280",
        quality="hd",
        output_format="png",
        extra_body={"advanced": {"seed": 7}},
    )

    async with owner.transaction() as tx:
        (job,) = await tx.fetch("SELECT quality, format, orientation, options FROM jobs")
    assert (job["quality"], job["format"], job["orientation"]) == ("high", "png", "portrait")
    assert (job["options"]["resolution"], job["options"]["advanced"]["seed"]) == ("720p", 7)


async def test_a_picture_is_made_from_another(client: AsyncOpenAI, owner: Database, worker: Maker) -> None:
    answer = await client.images.edit(
        prompt="A hare.", model="brush", image=("fox.png", PNG), extra_body={"reference_strength": 0.8}
    )

    assert len(answer.data or []) == 1
    request = await worker.requests.get()
    assert set(request.inputs) == {AssetRole.REFERENCE}
    assert request.options["reference_strength"] == 0.8


async def test_a_list_of_one_picture_is_taken(client: AsyncOpenAI, worker: Maker) -> None:
    answer = await client.images.edit(prompt="A hare.", model="brush", image=[("fox.png", PNG)])

    assert len(answer.data or []) == 1


async def test_only_one_picture_can_be_edited(client: AsyncOpenAI, owner: Database) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.edit(prompt="A hare.", model="brush", image=[("a.png", PNG), ("b.png", PNG)])

    assert caught.value.param == "image"
    assert await fetch_value(owner, "SELECT count(*) FROM assets WHERE status <> 'deleted'") == 0


async def test_a_mask_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.edit(prompt="A hare.", model="brush", image=PNG, mask=PNG)

    assert caught.value.param == "mask"


async def test_a_picture_that_takes_too_long_is_made_all_the_same(
    hasty: AsyncOpenAI, owner: Database
) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        await hasty.images.generate(prompt="A fox.", model="brush")

    job_id = await fetch_value(owner, "SELECT id FROM jobs WHERE status = 'queued'")
    assert (caught.value.status_code, caught.value.code) == (504, "not_ready")
    assert str(job_id) in caught.value.message


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (EngineRefused("Too dark."), openai.BadRequestError, "invalid_input"),
        (EngineCrashed("It died."), openai.InternalServerError, "engine_crashed"),
    ],
)
async def test_a_picture_that_cannot_be_made_is_an_error(
    client: AsyncOpenAI,
    owner: Database,
    work_with: WorkWith,
    error: Exception,
    kind: type[openai.APIStatusError],
    code: str,
) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET max_attempts = 1")

    async with work_with(Maker(error=error)):
        with pytest.raises(kind) as caught:
            await client.images.generate(prompt="A fox.", model="brush")

    assert (caught.value.code, str(error) in caught.value.message) == (code, True)
    assert await fetch_value(owner, COUNT_JOBS) == 1


async def test_a_client_that_goes_away_cancels_nothing(
    client: AsyncOpenAI, owner: Database, work_with: WorkWith
) -> None:
    maker = Maker(gate=asyncio.Event())
    async with work_with(maker):
        waiting = asyncio.create_task(client.images.generate(prompt="A fox.", model="brush"))
        await maker.requests.get()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert maker.gate is not None
        maker.gate.set()
        again = await client.images.generate(
            prompt="A fox.", model="brush", extra_headers={"x-stainless-retry-count": "1"}
        )

    assert len(again.data or []) == 1
    assert await fetch_value(owner, COUNT_JOBS) == 1
