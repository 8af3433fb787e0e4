"""From the registration to the video in the library, and through a library of several pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from rushes.db.pool import WORKER_ROLE, Database, open_database
from rushes.domain.accounts import Role, Viewer
from rushes.domain.ids import UserId
from rushes.embedded.server import EmbeddedPostgres
from tests.factories import claim_one, complete, make_job, make_output
from tests.journeys.site import Person, address_of, home, person, rushes

pytestmark = pytest.mark.slow

UP = ("up", "--port", "0", "--home")
CREDENTIALS = {"email": "grace@example.org", "password": "correct horse battery"}


async def said_until_the_end(somebody: Person, job_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Everything that the job's stream says before it closes by itself."""
    async with asyncio.timeout(180):
        return [event async for event in somebody.follow(job_id)]


async def ids_of_pages(somebody: Person, kind: str) -> list[list[str]]:
    """The ids on each page of a list, followed by its cursors."""
    pages: list[list[str]] = []
    cursor: str | None = None
    while cursor is not None or not pages:
        answer = await somebody.client.get(f"/api/v1/{kind}", params={"cursor": cursor} if cursor else {})
        assert answer.status_code == 200, answer.text
        pages.append([entry["id"] for entry in answer.json()[kind]])
        cursor = answer.json()["next_cursor"]
    return pages


async def test_newcomer_signs_up_follows_a_job_and_finds_the_video() -> None:
    with home() as folder:
        async with (
            rushes(*UP, str(folder)) as site,
            httpx.AsyncClient(base_url=await address_of(site), timeout=60, trust_env=False) as client,
        ):
            registered = await client.post("/api/v1/auth/register", json=CREDENTIALS)
            login = (await client.post("/api/v1/auth/login", json=CREDENTIALS)).json()
            client.headers["Authorization"] = f"Bearer {login['token']}"
            grace = Person(client)
            job_id = await grace.submit_sample(resolution="480p")
            submitted = await grace.job(job_id)
            active = (await client.get("/api/v1/jobs/active")).json()["jobs"]
            said = await said_until_the_end(grace, job_id)
            job = await grace.job(job_id)
            no_longer_active = (await client.get("/api/v1/jobs/active")).json()["jobs"]
            videos = (await client.get("/api/v1/videos")).json()["videos"]
            film = await client.get(videos[0]["video_url"])

    assert registered.status_code == 201
    assert (registered.json()["email"], login["user"]["id"]) == (
        CREDENTIALS["email"],
        registered.json()["id"],
    )
    assert "password" not in registered.text
    assert submitted["status"] in {"pending", "validating", "queued", "processing"}
    assert ([one["id"] for one in active], no_longer_active) == ([job_id], [])
    names = [name for name, _ in said]
    progress = [data["progress"] for name, data in said if name == "progress"]
    assert (names[0], names[-1]) == ("snapshot", "job.completed")
    assert progress == sorted(progress)
    assert len(progress) > 1
    assert (job["status"], job["progress"], job["video_id"]) == ("completed", 100, videos[0]["id"])
    assert [(one["job_id"], one["user_id"], one["status"]) for one in videos] == [
        (job_id, login["user"]["id"], "completed")
    ]
    assert film.headers["content-type"] == "video/mp4"
    assert len(film.content) == videos[0]["file_size_bytes"]


async def test_forty_five_jobs_are_three_pages_newest_first() -> None:
    with home() as folder:
        async with (
            rushes(*UP, str(folder), "--lanes", "nothing-here", RUSHES_SIGNUP_CREDITS="100000") as site,
            person(await address_of(site)) as ada,
        ):
            user_id = UserId((await ada.client.get("/api/v1/me")).json()["id"])
            async with databases(folder) as (owner, work):
                await complete_jobs(owner, work, Viewer(user_id=user_id, role=Role.USER, session_id=None))
                newest_first = await ids_by_age(owner, "jobs"), await ids_by_age(owner, "videos")
            jobs, videos = await ids_of_pages(ada, "jobs"), await ids_of_pages(ada, "videos")

    assert [len(page) for page in jobs] == [len(page) for page in videos] == [20, 20, 5]
    assert ([*chain(*jobs)], [*chain(*videos)]) == newest_first


@asynccontextmanager
async def databases(folder: Path) -> AsyncIterator[tuple[Database, Database]]:
    """The database of a running site, as its owner and as workers see it."""
    url = EmbeddedPostgres(folder / "postgres").start().url
    owner = await open_database(url, role=None, connections=2)
    work = await open_database(url, role=WORKER_ROLE, connections=2)
    try:
        yield owner, work
    finally:
        await work.close()
        await owner.close()


async def complete_jobs(owner: Database, work: Database, viewer: Viewer) -> None:
    """Submit 45 jobs and end each with an output, one after the other."""
    for _ in range(45):
        await make_job(owner, viewer)
        await complete(work, await claim_one(work), make_output(), log="")


async def ids_by_age(owner: Database, table: str) -> list[str]:
    """The ids of everything in a table, newest first."""
    async with owner.transaction() as tx:
        rows = await tx.fetch(f"SELECT id FROM {table} ORDER BY created_at DESC, id DESC")
    return [str(row["id"]) for row in rows]
