import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.actions import assets
from rushes.db.pool import Database
from rushes.domain.media import Bucket, Probe
from rushes.storage.store import Storage, local_storage
from tests.factories import claim_check, fetch_value
from tests.s3 import fresh_s3_storage
from tests.web.people import Person, wrong_fields
from tests.web.uploads import MP4, PNG

BODY = {"role": "reference", "bytes": len(PNG), "file_name": "../me.png", "media_type": "image/png"}


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, folder: Path) -> Storage:
    """Both kinds of store: one that this server stands before, and one that clients reach themselves."""
    if request.param == "local":
        return local_storage(folder)
    return fresh_s3_storage(request.getfixturevalue("s3_url"))


def only(kind: str) -> Any:
    """For tests about one kind of store."""
    return pytest.mark.parametrize("storage", [kind], indirect=True)


async def begin(person: Person, **changes: Any) -> dict[str, Any]:
    answer = await person.post("/assets/uploads", BODY | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def send(person: Person, upload: dict[str, Any], content: bytes) -> httpx.Response:
    if upload["url"].startswith("http://rushes.test"):
        return await person.client.put(upload["url"], content=content, headers=upload["headers"])
    async with httpx.AsyncClient() as browser:
        return await browser.put(upload["url"], content=content, headers=upload["headers"])


async def complete(person: Person, upload: dict[str, Any]) -> httpx.Response:
    return await person.post(f"/assets/{upload['asset_id']}/complete")


async def look(person: Person, url: str) -> httpx.Response:
    if url.startswith("http://rushes.test"):
        return await person.client.get(url)
    async with httpx.AsyncClient() as browser:
        return await browser.get(url)


async def all_keys(storage: Storage, person: Person) -> set[str]:
    return {
        key.partition("/")[2].partition("/")[2]
        for bucket in Bucket
        for key in await storage.list_keys(bucket, str(person.viewer.user_id))
    }


async def test_upload_that_was_sent_and_completed_waits_for_its_check(ada: Person, storage: Storage) -> None:
    upload = await begin(ada)

    sent = await send(ada, upload, PNG)
    answer = await complete(ada, upload)

    asset = answer.json()
    assert (sent.is_success, answer.status_code) == (True, 200)
    assert (asset["id"], asset["status"], asset["role"]) == (upload["asset_id"], "checking", "reference")
    assert (asset["media_type"], asset["bytes"], asset["file_name"]) == ("image/png", len(PNG), "me.png")
    assert await all_keys(storage, ada) == {"reference.png"}
    assert (await look(ada, asset["url"])).content == PNG


async def test_type_that_was_not_announced_is_seen(ada: Person, storage: Storage) -> None:
    upload = await begin(ada, role="motion", bytes=len(MP4), media_type=None)
    await send(ada, upload, MP4)

    answer = await complete(ada, upload)

    assert answer.json()["media_type"] == "video/mp4"
    assert await all_keys(storage, ada) == {"motion.mp4"}


async def test_completing_twice_answers_twice_the_same(ada: Person) -> None:
    upload = await begin(ada)
    await send(ada, upload, PNG)
    first = await complete(ada, upload)

    second = await complete(ada, upload)

    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


async def test_completing_at_once_answers_the_same(ada: Person, storage: Storage, owner: Database) -> None:
    upload = await begin(ada)
    await send(ada, upload, PNG)

    answers = await asyncio.gather(*(complete(ada, upload) for _ in range(3)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert 200 in {answer.status_code for answer in answers}
    assert await fetch_value(owner, "SELECT status FROM assets") == "checking"
    assert await all_keys(storage, ada) == {"reference.png"}


async def test_nothing_sent_is_a_conflict_that_ends_with_sending(ada: Person) -> None:
    upload = await begin(ada)
    before = await complete(ada, upload)

    await send(ada, upload, PNG)
    after = await complete(ada, upload)

    assert (before.status_code, before.json()["code"], after.status_code) == (409, "conflict", 200)


async def test_another_type_than_the_role_takes_is_refused_and_removed(
    ada: Person, storage: Storage, owner: Database
) -> None:
    upload = await begin(ada, bytes=len(MP4))
    await send(ada, upload, MP4)

    answer = await complete(ada, upload)

    assert (answer.status_code, wrong_fields(answer)) == (415, ["file"])
    assert await all_keys(storage, ada) == set()
    assert (await ada.get(f"/assets/{upload['asset_id']}")).status_code == 404


async def test_what_is_sent_after_completing_changes_nothing(ada: Person) -> None:
    upload = await begin(ada)
    await send(ada, upload, PNG)
    asset = (await complete(ada, upload)).json()

    await send(ada, upload, PNG[:-1] + b"!")

    assert (await look(ada, asset["url"])).content == PNG


async def test_checksum_is_known_once_it_was_checked(ada: Person, owner: Database, work: Database) -> None:
    upload = await begin(ada)
    await send(ada, upload, PNG)
    before = (await complete(ada, upload)).json()

    picture = Probe(media_type="image/png", width=64, height=48)
    await assets.accept(work, *(await claim_check(work)), picture, sha256="ab" * 32)

    after = (await ada.get(f"/assets/{upload['asset_id']}")).json()
    assert (before["sha256"], after["sha256"], after["status"]) == (None, "ab" * 32, "ready")


async def test_upload_that_is_not_wanted_any_more_can_be_deleted(ada: Person, storage: Storage) -> None:
    upload = await begin(ada)
    await send(ada, upload, PNG)

    answer = await ada.delete(f"/assets/{upload['asset_id']}")

    assert answer.status_code == 204
    assert await all_keys(storage, ada) == set()
    assert (await complete(ada, upload)).status_code == 404


@only("local")
async def test_upload_of_somebody_else_is_missing(ada: Person, bob: Person) -> None:
    upload = await begin(ada)

    answer = await complete(bob, upload)

    assert (answer.status_code, (await complete(bob, {"asset_id": uuid4()})).status_code) == (404, 404)


@only("local")
async def test_ordinary_upload_that_still_arrives_cannot_be_completed(ada: Person, owner: Database) -> None:
    asset = (await ada.upload("reference", PNG)).json()
    async with owner.transaction() as tx:
        await tx.execute("UPDATE assets SET status = 'uploading'")

    answer = await complete(ada, {"asset_id": asset["id"]})

    assert answer.status_code == 409


@only("local")
@pytest.mark.parametrize(
    ("changes", "status", "fields"),
    [
        ({"role": "output"}, 422, ["role"]),
        ({"role": None, "bytes": 0}, 422, ["bytes", "role"]),
        ({"bytes": 2**63}, 422, ["bytes"]),
        ({"file_name": "a\0b"}, 422, ["file_name"]),
        ({"file_name": "x" * 256}, 422, ["file_name"]),
        ({"size": 5}, 422, ["size"]),
        ({"bytes": 50_001}, 413, ["bytes"]),
        ({"media_type": "video/mp4"}, 415, ["media_type"]),
        ({"role": "data", "media_type": "text/html"}, 415, ["media_type"]),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_before_it_is_sent(
    ada: Person, owner: Database, changes: dict[str, Any], status: int, fields: list[str]
) -> None:
    answer = await ada.post("/assets/uploads", BODY | changes)

    assert (answer.status_code, wrong_fields(answer)) == (status, fields)
    assert await fetch_value(owner, "SELECT count(*) FROM assets") == 0


@only("s3")
async def test_store_is_named_in_what_pages_may_load(ada: Person, s3_url: str) -> None:
    policy = (await ada.visit("/jobs")).headers["content-security-policy"]

    shown = f"'self' {s3_url} blob:"
    assert f"img-src {shown}; media-src {shown}; connect-src 'self' {s3_url};" in policy
