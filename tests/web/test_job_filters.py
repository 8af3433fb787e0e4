from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.web.api.job_filters import StatusName
from tests.factories import make_bare_job
from tests.web.people import Person, wrong_fields

SET: dict[str, str] = {
    "job_type": "UPDATE jobs SET job_type = $2 WHERE id = $1",
    "model": "UPDATE jobs SET model = $2 WHERE id = $1",
    "group_id": "UPDATE jobs SET group_id = $2 WHERE id = $1",
    "project_id": "UPDATE jobs SET project_id = $2 WHERE id = $1",
    "workspace_session_id": "UPDATE jobs SET workspace_session_id = $2 WHERE id = $1",
    "parent_job_id": "UPDATE jobs SET parent_job_id = $2 WHERE id = $1",
    "prompt": "UPDATE jobs SET prompt = $2 WHERE id = $1",
    "starred": "UPDATE jobs SET starred = $2 WHERE id = $1",
    "created_at": "UPDATE jobs SET created_at = $2::text::timestamptz WHERE id = $1",
}
FOLDERS = {
    "group_id": "INSERT INTO groups (id, user_id) VALUES ($1, $2)",
    "project_id": "INSERT INTO projects (id, user_id, name) VALUES ($1, $2, 'film')",
    "workspace_session_id": "INSERT INTO workspace_sessions (id, user_id, name) VALUES ($1, $2, 'desk')",
}


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: every test has accounts of its own."""
    return shared_database_url


async def make(
    owner: Database, person: Person, status: JobStatus = JobStatus.COMPLETED, **values: Any
) -> str:
    """A job of a person with some columns as given."""
    job_id = await make_bare_job(owner, person.viewer, status)
    async with owner.transaction() as tx:
        for name, value in values.items():
            await tx.execute(SET[name], job_id, value)
    return str(job_id)


async def make_folder(owner: Database, person: Person, column: str) -> UUID:
    """A group, project or workspace session."""
    folder_id = uuid4()
    async with owner.transaction() as tx:
        await tx.execute(FOLDERS[column], folder_id, person.viewer.user_id)
    return folder_id


async def found(person: Person, **query: Any) -> list[str]:
    """The ids of the jobs that a list has."""
    answer = await person.get("/jobs", **query)
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["jobs"]]


async def test_jobs_are_found_by_type(ada: Person, owner: Database) -> None:
    await make(owner, ada)
    wanted = await make(owner, ada, job_type="audio")

    assert await found(ada, type="audio") == [wanted]


async def test_jobs_are_found_by_model(ada: Person, owner: Database) -> None:
    wanted = await make(owner, ada)

    assert await found(ada, model="motion") == [wanted]
    assert await found(ada, model="motio_") == []


@pytest.mark.parametrize(
    ("query", "column"),
    [("group", "group_id"), ("project", "project_id"), ("session", "workspace_session_id")],
)
async def test_jobs_are_found_by_where_they_are_put(
    ada: Person, bob: Person, owner: Database, query: str, column: str
) -> None:
    folder_id = await make_folder(owner, ada, column)
    wanted = await make(owner, ada, **{column: folder_id})
    await make(owner, ada)

    hers, his = await found(ada, **{query: str(folder_id)}), await found(bob, **{query: str(folder_id)})

    assert (hers, his) == ([wanted], [])


async def test_jobs_are_found_by_their_parent(ada: Person, owner: Database) -> None:
    parent = await make(owner, ada)
    child = await make(owner, ada, parent_job_id=UUID(parent))

    assert await found(ada, parent=parent) == [child]


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("fox", ["A red FOX", "foxes"]),
        ("FOX", ["A red FOX", "foxes"]),
        ("100%", ["100% wool"]),
        ("_b", ["a_b"]),
        ("\\", ["back\\slash"]),
        ("größe", ["Die GRÖSSE zählt nicht, die GRÖßE schon"]),
        ("wolf", []),
    ],
)
async def test_jobs_are_found_by_a_part_of_their_prompt(
    ada: Person, owner: Database, text: str, prompts: list[str]
) -> None:
    texts = [
        "A red FOX",
        "foxes",
        "100% wool",
        "1000 wools",
        "a_b",
        "axb",
        "back\\slash",
        "Die GRÖSSE zählt nicht, die GRÖßE schon",
    ]
    for prompt in texts:
        await make(owner, ada, prompt=prompt)

    answer = (await ada.get("/jobs", q=text)).json()

    assert sorted(job["prompt"] for job in answer["jobs"]) == sorted(prompts)


async def test_jobs_are_found_by_their_star(ada: Person, owner: Database) -> None:
    starred, plain = await make(owner, ada, starred=True), await make(owner, ada)

    assert await found(ada, starred=True) == [starred]
    assert await found(ada, starred=False) == [plain]


async def test_jobs_are_found_by_when_they_were_made(ada: Person, owner: Database) -> None:
    days = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
    first, second, third = [await make(owner, ada, created_at=day) for day in days]

    assert await found(ada, **{"from": days[1]}) == [third, second]
    assert await found(ada, to=days[1]) == [first]
    assert await found(ada, **{"from": days[1], "to": days[2]}) == [second]
    assert await found(ada, **{"from": "2026-01-02T02:00:00+02:00", "to": days[2]}) == [second]
    assert await found(ada, **{"from": days[2], "to": days[0]}) == []


async def test_conditions_add_up(ada: Person, owner: Database) -> None:
    wanted = await make(owner, ada, JobStatus.FAILED, prompt="A fox", starred=True)
    await make(owner, ada, JobStatus.FAILED, prompt="A fox")
    await make(owner, ada, JobStatus.COMPLETED, prompt="A fox", starred=True)
    await make(owner, ada, JobStatus.FAILED, prompt="A hare", starred=True)

    assert await found(ada, status=["failed", "active"], q="fox", starred=True) == [wanted]


async def test_pages_of_a_filter_follow_each_other(ada: Person, owner: Database) -> None:
    wanted = [await make(owner, ada, status, prompt="fox") for status in (*JobStatus,)]
    await make(owner, ada, prompt="hare")

    first = (await ada.get("/jobs", q="fox", limit=4, to="2999-01-01T00:00:00Z")).json()
    second = (await ada.get("/jobs", q="fox", limit=4, cursor=first["next_cursor"])).json()

    assert [job["id"] for page in (first, second) for job in page["jobs"]] == wanted[::-1]
    assert second["next_cursor"] is None


async def test_counts_are_of_what_the_filter_finds_in_whatever_state(ada: Person, owner: Database) -> None:
    for status in (JobStatus.FAILED, JobStatus.FAILED, JobStatus.PENDING):
        await make(owner, ada, status, prompt="fox")
    await make(owner, ada, JobStatus.COMPLETED)

    counts = [
        (await ada.get("/jobs", **query)).json()["counts"]
        for query in ({"q": "fox", "status": "failed"}, {"status": "failed"}, {"to": "2000-01-01T00:00:00Z"})
    ]

    assert counts == [{"failed": 2, "pending": 1}, {"failed": 2, "pending": 1, "completed": 1}, {}]


async def test_only_ones_own_jobs_are_found(ada: Person, bob: Person, owner: Database) -> None:
    await make(owner, ada, prompt="fox", starred=True)

    answer = (await bob.get("/jobs", q="fox", starred=True)).json()

    assert (answer["jobs"], answer["counts"]) == ([], {})


async def test_deleted_jobs_are_not_found(ada: Person, owner: Database) -> None:
    job_id = await make(owner, ada, prompt="fox")
    await ada.delete(f"/jobs/{job_id}")

    answer = (await ada.get("/jobs", q="fox")).json()

    assert (answer["jobs"], answer["counts"]) == ([], {})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"type": "opera"}, "type"),
        ({"model": "x" * 64}, "model"),
        ({"model": "a\0"}, "model"),
        ({"status": "done"}, "status"),
        ({"project": "mine"}, "project"),
        ({"group": "1"}, "group"),
        ({"session": ""}, "session"),
        ({"parent": "null"}, "parent"),
        ({"q": ""}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "a\0b"}, "q"),
        ({"starred": "perhaps"}, "starred"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-01-01T00:00:00"}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"cursor": "x" * 201}, "cursor"),
    ],
)
async def test_a_wrong_condition_is_named(ada: Person, query: dict[str, str], field: str) -> None:
    answer = await ada.get("/jobs", **query)

    assert (answer.status_code, wrong_fields(answer)) == (422, [field])


def test_states_can_be_asked_for_by_their_names_or_all_active_ones() -> None:
    assert set(get_args(StatusName)) == {*JobStatus, "active"}


async def test_every_wrong_condition_is_named(ada: Person) -> None:
    answer = await ada.get("/jobs", type="opera", q="", limit=0)

    assert wrong_fields(answer) == ["limit", "q", "type"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_the_ends_of_time_are_times(ada: Person, owner: Database, moment: str) -> None:
    await make(owner, ada)

    answers = [(await ada.get("/jobs", **{name: moment})).status_code for name in ("from", "to")]

    assert answers == [200, 200]
