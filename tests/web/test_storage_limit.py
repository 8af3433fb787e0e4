"""How much an account may keep: counted when an upload begins."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.media import MediaLimits
from rushes.web.services import Services
from tests.factories import fetch_value, make_asset
from tests.web.people import API, Person, make_person
from tests.web.site import started, visiting
from tests.web.uploads import PNG

KEPT = 1000
SIZE = "UPDATE assets SET bytes = $2 WHERE id = $1"
ANNOUNCED = {"role": "reference", "bytes": 100, "media_type": "image/png"}


@pytest.fixture
async def ada(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody at a server that lets each account keep a thousand bytes."""
    narrow = replace(services, limits=replace(services.limits, stored_bytes=KEPT))
    async with started(narrow) as app, visiting(app) as client:
        yield await make_person(owner, client)


async def keep(owner: Database, person: Person, size: int) -> str:
    asset_id = await make_asset(owner, person.viewer)
    async with owner.transaction() as tx:
        await tx.execute(SIZE, asset_id, size)
    return str(asset_id)


async def send(person: Person) -> httpx.Response:
    return await person.client.post(
        f"{API}/assets", params={"role": "reference"}, files={"file": ("a.png", PNG)}, headers=person.bearer
    )


async def test_who_keeps_all_that_he_may_can_upload_no_more(ada: Person, owner: Database) -> None:
    await keep(owner, ada, KEPT)

    answer = await send(ada)

    assert (answer.status_code, answer.json()["code"]) == (413, "storage_full")
    assert "Delete jobs" in answer.json()["detail"]
    assert await fetch_value(owner, "SELECT count(*) FROM assets") == 1


@pytest.mark.parametrize(("kept", "status"), [(KEPT - 100, 201), (KEPT - 99, 413)])
async def test_an_announced_upload_has_to_fit(ada: Person, owner: Database, kept: int, status: int) -> None:
    await keep(owner, ada, kept)

    answer = await ada.post("/assets/uploads", ANNOUNCED)

    assert answer.status_code == status


async def test_what_is_announced_counts(ada: Person) -> None:
    first = await ada.post("/assets/uploads", ANNOUNCED | {"bytes": KEPT})
    second = await ada.post("/assets/uploads", ANNOUNCED | {"bytes": 1})

    metrics = (await ada.get("/me/metrics")).json()
    assert (first.status_code, second.status_code) == (201, 413)
    assert (metrics["stored_bytes"], metrics["stored_bytes_limit"]) == (KEPT, KEPT)


async def test_a_deleted_file_makes_room(ada: Person, owner: Database) -> None:
    asset_id = await keep(owner, ada, KEPT)

    deleted = await ada.delete(f"/assets/{asset_id}")
    answer = await send(ada)

    assert (deleted.status_code, answer.status_code) == (204, 201)


async def test_what_others_keep_does_not_count(ada: Person, owner: Database) -> None:
    bob = await make_person(owner, ada.client)
    await keep(owner, bob, KEPT)

    answer = await send(ada)

    assert answer.status_code == 201


async def test_without_a_limit_everything_may_be_kept(services: Services, owner: Database) -> None:
    wide = replace(services, limits=replace(services.limits, stored_bytes=0))

    async with started(wide) as app, visiting(app) as client:
        eve = await make_person(owner, client)
        await keep(owner, eve, MediaLimits().stored_bytes)
        answer = await send(eve)
        metrics = (await eve.get("/me/metrics")).json()

    assert (answer.status_code, metrics["stored_bytes_limit"]) == (201, None)
