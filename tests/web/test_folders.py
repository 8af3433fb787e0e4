"""Projects and workspace sessions, which behave alike, and groups, which are only looked at."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from tests.factories import fetch_value, make_bare_job
from tests.web.people import API, Person, wrong_fields

FOLDERS = ["projects", "sessions"]
PUT = {
    "projects": "UPDATE jobs SET project_id = $1 WHERE id = $2",
    "sessions": "UPDATE jobs SET workspace_session_id = $1 WHERE id = $2",
    "groups": "UPDATE jobs SET group_id = $1 WHERE id = $2",
}
NOBODYS = "11111111-1111-4111-8111-111111111111"
INSERT_GROUP = "INSERT INTO groups (id, user_id) VALUES ($1, $2)"


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: every test has accounts of its own."""
    return shared_database_url


async def ask(person: Person, method: str, path: str, body: Any = None) -> httpx.Response:
    return await person.client.request(method, f"{API}{path}", json=body, headers=person.bearer)


async def put(owner: Database, kind: str, folder_id: Any, job_id: Any) -> None:
    async with owner.transaction() as tx:
        await tx.execute(PUT[kind], folder_id, job_id)


@pytest.mark.parametrize("kind", FOLDERS)
async def test_a_folder_is_made_and_found_again(ada: Person, kind: str) -> None:
    made = await ada.post(f"/{kind}", {"name": "Foxes"})
    listed = (await ada.get(f"/{kind}")).json()

    assert (made.status_code, made.json()["name"]) == (201, "Foxes")
    assert (await ada.get(f"/{kind}/{made.json()['id']}")).json() == made.json()
    assert listed == {kind: [made.json()], "next_cursor": None}


@pytest.mark.parametrize("kind", FOLDERS)
async def test_pages_of_folders_follow_each_other(ada: Person, kind: str) -> None:
    made = [(await ada.post(f"/{kind}", {"name": str(number)})).json()["id"] for number in range(3)]

    first = (await ada.get(f"/{kind}", limit=2)).json()
    second = (await ada.get(f"/{kind}", limit=2, cursor=first["next_cursor"])).json()

    assert [one["id"] for page in (first, second) for one in page[kind]] == made[::-1]


@pytest.mark.parametrize("kind", FOLDERS)
async def test_a_folder_is_renamed(ada: Person, kind: str) -> None:
    path = f"/{kind}/{(await ada.post(f'/{kind}', {'name': 'Foxes'})).json()['id']}"

    renamed = await ask(ada, "PATCH", path, {"name": "Hares"})

    assert (renamed.status_code, renamed.json()["name"]) == (200, "Hares")
    assert (await ada.get(path)).json() == renamed.json()


@pytest.mark.parametrize("kind", FOLDERS)
async def test_a_folder_is_deleted_and_its_jobs_stay(ada: Person, owner: Database, kind: str) -> None:
    folder_id = (await ada.post(f"/{kind}", {"name": "Foxes"})).json()["id"]
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)
    await put(owner, kind, folder_id, job_id)

    answer = await ada.delete(f"/{kind}/{folder_id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ada.get(f"/{kind}/{folder_id}")).status_code == 404
    assert (await ada.get(f"/jobs/{job_id}")).status_code == 200
    left = "SELECT num_nonnulls(project_id, workspace_session_id) FROM jobs WHERE id = $1"
    assert await fetch_value(owner, left, job_id) == 0


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize("name", ["", "x" * 101, "a\0b", None, 7])
async def test_a_wrong_name_is_refused(ada: Person, kind: str, name: Any) -> None:
    path = f"/{kind}/{(await ada.post(f'/{kind}', {'name': 'Foxes'})).json()['id']}"

    answers = [
        await ask(ada, "POST", f"/{kind}", {"name": name}),
        await ask(ada, "PATCH", path, {"name": name}),
    ]

    assert [(answer.status_code, wrong_fields(answer)) for answer in answers] == [(422, ["name"])] * 2


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)])
async def test_the_folder_of_another_is_missing(
    ada: Person, bob: Person, kind: str, method: str, body: Any
) -> None:
    made = (await ada.post(f"/{kind}", {"name": "Foxes"})).json()

    his = await ask(bob, method, f"/{kind}/{made['id']}", body)
    nobodys = await ask(bob, method, f"/{kind}/{uuid4()}", body)

    assert his.status_code == nobodys.status_code == 404
    assert {**his.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}
    assert (await bob.get(f"/{kind}")).json()[kind] == []
    assert (await ada.get(f"/{kind}/{made['id']}")).json() == made


@pytest.mark.parametrize("path", ["/projects", "/sessions", f"/groups/{NOBODYS}", "/videos", "/images"])
async def test_nobody_sees_folders_without_signing_in(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"{API}{path}")

    assert answer.status_code == 401


async def test_a_group_shows_its_jobs(ada: Person, owner: Database) -> None:
    group_id = uuid4()
    async with owner.transaction() as tx:
        await tx.execute(INSERT_GROUP, group_id, ada.viewer.user_id)
    jobs = [await make_bare_job(owner, ada.viewer, one) for one in (JobStatus.FAILED, JobStatus.PENDING)]
    for job_id in jobs:
        await put(owner, "groups", group_id, job_id)
    await make_bare_job(owner, ada.viewer, JobStatus.FAILED)

    first = (await ada.get(f"/groups/{group_id}", limit=1)).json()
    second = (await ada.get(f"/groups/{group_id}", limit=1, cursor=first["next_cursor"])).json()

    assert [job["id"] for page in (first, second) for job in page["jobs"]] == [str(job) for job in jobs[::-1]]
    assert first["id"] == str(group_id)
    assert first["counts"] == second["counts"] == {"failed": 1, "pending": 1}


async def test_the_group_of_another_is_missing(ada: Person, bob: Person, owner: Database) -> None:
    group_id = uuid4()
    async with owner.transaction() as tx:
        await tx.execute(INSERT_GROUP, group_id, ada.viewer.user_id)

    his, nobodys = await bob.get(f"/groups/{group_id}"), await bob.get(f"/groups/{uuid4()}")

    assert his.status_code == nobodys.status_code == 404
    assert {**his.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}
