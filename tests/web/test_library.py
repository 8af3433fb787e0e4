from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.ids import JobId
from tests.factories import claim_one, complete, fetch_value, make_output, read_job
from tests.web.people import API, Person, make_queued_job, wrong_fields

INSERT_IMAGE = """
    WITH asset AS (
        INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status, bytes, sha256,
                            width, height)
        SELECT gen_random_uuid(), user_id, id, 'output', 'outputs', id || '/output.png', 'image/png',
            'ready', 9, repeat('0', 64), 48, 64
        FROM jobs WHERE id = $1
        RETURNING id, user_id, job_id
    )
    INSERT INTO images (id, user_id, job_id, asset_id, prompt, orientation, model_used)
    SELECT gen_random_uuid(), user_id, job_id, id, $2, 'portrait', 'motion' FROM asset
"""
ENTRIES = ["videos", "images"]
SEED_FIELDS = {
    "id": str,
    "user_id": str,
    "prompt": str,
    "orientation": str,
    "model_used": str,
    "video_url": str,
    "thumbnail_url": type(None),
    "duration": float,
    "status": str,
    "metadata": dict,
    "starred": bool,
    "rating": type(None),
    "created_at": str,
    "updated_at": str,
}
"""What a film's document has, by the type of each field."""


async def ask(person: Person, method: str, path: str, body: Any = None) -> httpx.Response:
    return await person.client.request(method, f"{API}{path}", json=body, headers=person.bearer)


async def make_entry(
    owner: Database, work: Database, person: Person, entries: str = "videos", prompt: str = "A fox"
) -> JobId:
    """The job that made a film or a picture of the person's library."""
    job = await make_queued_job(owner, person, prompt=prompt)
    await complete(work, await claim_one(work), make_output(), log="")
    if entries == "images":
        async with owner.transaction() as tx:
            await tx.execute("UPDATE jobs SET video_id = NULL WHERE id = $1", job.id)
            await tx.execute("DELETE FROM videos WHERE job_id = $1", job.id)
            await tx.execute("DELETE FROM assets WHERE job_id = $1", job.id)
            await tx.execute(INSERT_IMAGE, job.id, prompt)
    return job.id


async def entry_of(owner: Database, entries: str, job_id: JobId) -> str:
    """The id of what a job made."""
    query = {
        "videos": "SELECT id FROM videos WHERE job_id = $1",
        "images": "SELECT id FROM images WHERE job_id = $1",
    }
    return str(await fetch_value(owner, query[entries], job_id))


async def listed(person: Person, entries: str, **query: Any) -> list[str]:
    """The prompts of what a library lists."""
    answer = await person.get(f"/{entries}", **query)
    assert answer.status_code == 200, answer.text
    return [entry["prompt"] for entry in answer.json()[entries]]


async def test_a_film_has_every_documented_field(ada: Person, owner: Database, work: Database) -> None:
    job_id = await make_entry(owner, work, ada)

    (film,) = (await ada.get("/videos")).json()["videos"]

    assert {name: type(film[name]) for name in SEED_FIELDS} == SEED_FIELDS
    assert (film["job_id"], film["duration"], film["orientation"]) == (str(job_id), 2.0, "landscape")
    assert (film["width"], film["height"], film["file_size_bytes"]) == (64, 48, 1)
    assert (await ada.get(f"/videos/{film['id']}")).json().keys() == film.keys()


async def test_a_picture_has_no_duration(ada: Person, owner: Database, work: Database) -> None:
    await make_entry(owner, work, ada, "images")

    (picture,) = (await ada.get("/images")).json()["images"]
    films = (await ada.get("/videos")).json()["videos"]

    assert (picture["orientation"], picture["media_type"], films) == ("portrait", "image/png", [])
    assert "/output.png?" in picture["image_url"]
    assert {"duration", "video_url"} & picture.keys() == set()


@pytest.mark.parametrize("entries", ENTRIES)
async def test_pages_are_newest_first_and_follow_each_other(
    ada: Person, owner: Database, work: Database, entries: str
) -> None:
    for prompt in "abc":
        await make_entry(owner, work, ada, entries, prompt)

    first = (await ada.get(f"/{entries}", limit=2)).json()
    second = (await ada.get(f"/{entries}", limit=2, cursor=first["next_cursor"])).json()

    assert [entry["prompt"] for page in (first, second) for entry in page[entries]] == ["c", "b", "a"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("entries", ENTRIES)
async def test_what_was_judged_is_found_by_it(
    ada: Person, owner: Database, work: Database, entries: str
) -> None:
    await make_entry(owner, work, ada, entries, "plain 100%")
    entry = await entry_of(owner, entries, await make_entry(owner, work, ada, entries, "A red FOX"))
    project_id = (await ada.post("/projects", {"name": "Foxes"})).json()["id"]

    changed = await ask(
        ada, "PATCH", f"/{entries}/{entry}", {"starred": True, "rating": 5, "project_id": project_id}
    )

    assert (changed.status_code, changed.json()["starred"], changed.json()["rating"]) == (200, True, 5)
    assert (await ada.get(f"/{entries}/{entry}")).json()["project_id"] == project_id
    assert await listed(ada, entries, starred=True) == ["A red FOX"]
    assert await listed(ada, entries, starred=False) == ["plain 100%"]
    assert await listed(ada, entries, project=project_id) == ["A red FOX"]
    assert await listed(ada, entries, q="fox") == ["A red FOX"]
    assert await listed(ada, entries, q="0%") == ["plain 100%"]
    assert await listed(ada, entries, q="_") == []


async def test_a_film_and_its_job_are_judged_as_one(ada: Person, owner: Database, work: Database) -> None:
    job_id = await make_entry(owner, work, ada)
    film = await entry_of(owner, "videos", job_id)

    await ask(ada, "PATCH", f"/jobs/{job_id}", {"starred": True})
    await ask(ada, "PATCH", f"/videos/{film}", {"rating": 3})

    job, seen = await read_job(owner, job_id), (await ada.get(f"/videos/{film}")).json()
    assert (job.starred, job.rating) == (seen["starred"], seen["rating"]) == (True, 3)


@pytest.mark.parametrize("entries", ENTRIES)
async def test_what_is_kept_in_the_workspace_is_not_in_the_library(
    ada: Person, owner: Database, work: Database, entries: str
) -> None:
    entry = await entry_of(owner, entries, await make_entry(owner, work, ada, entries))

    await ask(ada, "PATCH", f"/{entries}/{entry}", {"destination": "workspace"})

    assert await listed(ada, entries) == []
    assert await listed(ada, entries, destination="workspace") == ["A fox"]
    assert (await ada.get(f"/{entries}/{entry}")).status_code == 200


@pytest.mark.parametrize("entries", ENTRIES)
async def test_what_is_deleted_takes_its_job_along(
    ada: Person, owner: Database, work: Database, entries: str
) -> None:
    job_id = await make_entry(owner, work, ada, entries)
    entry = await entry_of(owner, entries, job_id)

    answer = await ada.delete(f"/{entries}/{entry}")

    assert (answer.status_code, answer.content) == (204, b"")
    gone = [f"/{entries}/{entry}", f"/jobs/{job_id}"]
    assert [(await ada.get(path)).status_code for path in gone] == [404, 404]
    assert await listed(ada, entries) == []
    assert (await ada.delete(f"/{entries}/{entry}")).status_code == 404
    left = "SELECT count(*) FROM assets WHERE job_id = $1 AND status <> 'deleted'"
    assert await fetch_value(owner, left, job_id) == 0


@pytest.mark.parametrize("entries", ENTRIES)
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"starred": True}), ("DELETE", None)])
async def test_that_of_another_is_missing(
    ada: Person, bob: Person, owner: Database, work: Database, entries: str, method: str, body: Any
) -> None:
    job_id = await make_entry(owner, work, ada, entries)
    entry = await entry_of(owner, entries, job_id)
    before = await read_job(owner, job_id)

    his = await ask(bob, method, f"/{entries}/{entry}", body)
    nobodys = await ask(bob, method, f"/{entries}/{uuid4()}", body)

    assert his.status_code == nobodys.status_code == 404
    assert {**his.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}
    assert await listed(bob, entries, q="fox") == []
    assert await read_job(owner, job_id) == before


@pytest.mark.parametrize("entries", ENTRIES)
async def test_a_wrong_change_or_condition_is_named(
    ada: Person, owner: Database, work: Database, entries: str
) -> None:
    entry = await entry_of(owner, entries, await make_entry(owner, work, ada, entries))

    changed = await ask(ada, "PATCH", f"/{entries}/{entry}", {"rating": 6, "prompt": "Another"})
    asked = await ada.get(f"/{entries}", q="\0", limit=101, project="mine", cursor="no")

    assert wrong_fields(changed) == ["prompt", "rating"]
    assert wrong_fields(asked) == ["limit", "project", "q"]


async def test_a_film_is_not_found_among_the_pictures(ada: Person, owner: Database, work: Database) -> None:
    film = await entry_of(owner, "videos", await make_entry(owner, work, ada))

    answer = await ada.get(f"/images/{film}")

    assert answer.status_code == 404
