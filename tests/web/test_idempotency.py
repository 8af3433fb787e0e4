import asyncio
import json
from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from tests.factories import fetch_value, make_painter, read_balance
from tests.web.people import API, Person, base_job, wrong_fields

CHAIN = [{"job_type": "image", "model": "painter", "prompt": "A fox."}] * 3


async def send(
    person: Person, body: Any, *, key: str | bytes = "press-1", path: str = "/jobs"
) -> httpx.Response:
    """Send a document with a key."""
    headers = httpx.Headers(person.bearer)
    headers.update({b"Idempotency-Key": key if isinstance(key, bytes) else key.encode()})
    return await person.client.post(f"{API}{path}", json=body, headers=headers)


async def count_jobs(owner: Database, person: Person) -> int:
    return await fetch_value(owner, "SELECT count(*) FROM jobs WHERE user_id = $1", person.viewer.user_id)


async def test_a_repeat_is_answered_with_the_same(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada)
    first = await send(ada, body)
    await ada.post(f"/jobs/{first.json()['id']}/cancel")

    again = await send(ada, body)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert await count_jobs(owner, ada) == 1


async def test_the_answer_is_that_of_a_request_without_a_key(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada)

    plain, kept = await ada.post("/jobs", body), await send(ada, body)

    assert set(kept.json()) == set(plain.json())
    assert kept.headers["content-type"] == plain.headers["content-type"] == "application/json"


async def test_twenty_twins_make_one_job(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada)

    answers = await asyncio.gather(*(send(ada, body) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert await count_jobs(owner, ada) == 1
    assert await read_balance(owner, ada.viewer) == 10_000 - 10


async def test_a_key_of_another_body_is_refused(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada)
    await send(ada, body)

    answer = await send(ada, body | {"priority": 6})

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert await count_jobs(owner, ada) == 1


async def test_the_order_of_a_bodys_fields_does_not_matter(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada, prompt="A fox.")
    first = await send(ada, body)

    text = json.dumps(dict(reversed(body.items())), indent=4)
    headers = {**ada.bearer, "Idempotency-Key": "press-1", "Content-Type": "application/json"}
    again = await ada.client.post(f"{API}/jobs", content=text, headers=headers)

    assert again.content == first.content


async def test_keys_of_two_people_have_nothing_to_do_with_each_other(
    ada: Person, bob: Person, owner: Database
) -> None:
    first = await send(ada, await base_job(owner, ada))
    second = await send(bob, await base_job(owner, bob))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] != second.json()["id"]


async def test_a_refused_request_can_be_mended_under_its_key(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada)
    wrong = await send(ada, body | {"priority": 1})

    mended = await send(ada, body)

    assert (wrong.status_code, mended.status_code) == (422, 202)


async def test_a_key_whose_job_was_deleted_says_so(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada)
    job_id = (await send(ada, body)).json()["id"]
    await ada.post(f"/jobs/{job_id}/cancel")
    assert (await ada.delete(f"/jobs/{job_id}")).is_success

    answer = await send(ada, body)

    assert (answer.status_code, answer.json()["code"]) == (404, "missing")
    assert "was deleted" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "ключ".encode(), b"tab\there"])
async def test_a_key_is_visible_ascii(ada: Person, owner: Database, key: str | bytes) -> None:
    answer = await send(ada, await base_job(owner, ada), key=key)

    assert (answer.status_code, wrong_fields(answer)) == (422, ["Idempotency-Key"])
    assert await count_jobs(owner, ada) == 0


@pytest.mark.parametrize("key", ["!", "~" * 255, '"quoted"'])
async def test_a_key_may_be_of_any_visible_ascii(ada: Person, owner: Database, key: str) -> None:
    assert (await send(ada, await base_job(owner, ada), key=key)).status_code == 202


async def test_twins_of_a_batch_make_it_once(ada: Person, owner: Database) -> None:
    await make_painter(owner)

    answers = await asyncio.gather(*(send(ada, {"jobs": CHAIN}, path="/jobs/batch") for _ in range(6)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert await count_jobs(owner, ada) == 3


async def test_a_key_of_a_batch_is_not_that_of_a_job(ada: Person, owner: Database) -> None:
    await make_painter(owner)
    await send(ada, {"jobs": CHAIN}, path="/jobs/batch")

    answer = await send(ada, CHAIN[0])

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
