import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.media import Bucket
from rushes.storage.store import Storage
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_bare_job,
    make_output,
    read_job,
    stream,
)
from tests.web.people import API, Person, make_queued_job

FILM = b"film" * 100
HIDDEN = [
    "UPDATE jobs SET moderation_status = 'rejected' WHERE id = $1",
    "UPDATE jobs SET moderation_status = 'flagged' WHERE id = $1",
    "UPDATE jobs SET deleted_at = now() WHERE id = $1",
    "UPDATE users SET disabled_at = now() WHERE id = (SELECT user_id FROM jobs WHERE id = $1)",
    "UPDATE assets SET status = 'deleted', deleted_at = now() WHERE job_id = $1",
]
INSERT_POSTER = """
    INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status, bytes, sha256,
                            width, height)
    SELECT gen_random_uuid(), user_id, id, 'poster', 'outputs', id || '/poster.jpg', 'image/jpeg',
        'ready', 1, repeat('0', 64), 64, 48
    FROM jobs WHERE id = $1
"""


async def make_film(owner: Database, work: Database, storage: Storage, person: Person) -> Job:
    """A completed job whose output is stored."""
    job = await make_queued_job(owner, person, prompt="A secret of mine", metadata={"client": "secret"})
    output = make_output()
    await complete(work, await claim_one(work), output, log="")
    for file in output.files.values():
        await storage.write(Bucket.OUTPUTS, file.key, stream(FILM))
    return await read_job(owner, job.id)


async def share(person: Person, job: Job) -> dict[str, Any]:
    """The link to a job."""
    answer = await person.post(f"/jobs/{job.id}/share")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def follow(client: httpx.AsyncClient, job: Job, path: str = "") -> httpx.Response:
    """What somebody sees who is not signed in."""
    return await client.get(f"{API}/shares/{job.short_id}{path}")


async def test_a_link_shows_the_film_to_anybody(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)

    link = await share(ada, job)
    seen = await follow(ada.client, job)
    film = await ada.client.get(seen.json()["video_url"])

    assert link["url"] == f"http://rushes.test/v/{job.short_id}"
    assert link["short_id"] == job.short_id
    assert (film.status_code, film.content, film.headers["content-type"]) == (200, FILM, "video/mp4")


async def test_a_link_tells_nothing_about_whose_it_is(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)

    seen = await follow(ada.client, job)
    film = await ada.client.get(seen.json()["video_url"])

    assert set(seen.json()) == {
        "short_id",
        "media_type",
        "video_url",
        "image_url",
        "poster_url",
        "duration_seconds",
        "width",
        "height",
        "file_size_bytes",
        "created_at",
    }
    told = json.dumps(seen.json()) + str(seen.headers) + str(film.headers)
    secrets = [
        str(job.id),
        str(job.user_id),
        str(job.video_id),
        job.prompt,
        "client",
        "example.org",
        "outputs/",
    ]
    assert [secret for secret in secrets if str(secret) in told] == []


async def test_a_part_of_the_film_can_be_asked_for(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)

    part = await ada.client.get(f"{API}/shares/{job.short_id}/output", headers={"Range": "bytes=0-3"})
    head = await ada.client.head(f"{API}/shares/{job.short_id}/output")

    assert (part.status_code, part.content) == (206, FILM[:4])
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(FILM)))


async def test_the_poster_is_shared_with_the_film(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)
    without = await follow(ada.client, job)
    missing = await follow(ada.client, job, "/poster")
    async with owner.transaction() as tx:
        await tx.execute(INSERT_POSTER, job.id)
    await storage.write(Bucket.OUTPUTS, f"{job.id}/poster.jpg", stream(b"poster"))

    seen = await follow(ada.client, job)
    poster = await ada.client.get(seen.json()["poster_url"])

    assert (without.json()["poster_url"], missing.status_code) == (None, 404)
    assert (poster.content, poster.headers["content-type"]) == (b"poster", "image/jpeg")


@pytest.mark.parametrize("path", ["", "/output"])
async def test_what_was_not_shared_is_missing(
    ada: Person, owner: Database, work: Database, storage: Storage, path: str
) -> None:
    job = await make_film(owner, work, storage, ada)

    answer = await follow(ada.client, job, path)

    assert (answer.status_code, answer.json()["code"]) == (404, "missing")


@pytest.mark.parametrize("path", ["", "/output", "/poster"])
async def test_a_link_that_was_taken_back_says_so(
    ada: Person, owner: Database, work: Database, storage: Storage, path: str
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)

    revoked = await ada.delete(f"/jobs/{job.id}/share")
    answer = await follow(ada.client, job, path)
    again = await ada.delete(f"/jobs/{job.id}/share")

    assert (revoked.status_code, revoked.content) == (204, b"")
    assert (answer.status_code, answer.json()["code"]) == (410, "share_revoked")
    assert again.status_code == 404


async def test_sharing_twice_is_sharing_once(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)

    assert await share(ada, job) == await share(ada, job)


async def test_a_link_can_be_put_in_force_again(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)
    first = await share(ada, job)
    await ada.delete(f"/jobs/{job.id}/share")

    second = await share(ada, job)

    assert (second["url"], second["created_at"] > first["created_at"]) == (first["url"], True)
    assert (await follow(ada.client, job)).status_code == 200


@pytest.mark.parametrize("statement", HIDDEN)
async def test_what_must_not_be_seen_is_not_shared_any_more(
    ada: Person, owner: Database, work: Database, storage: Storage, statement: str
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)
    async with owner.transaction() as tx:
        await tx.execute(statement, job.id)

    answers = [await follow(ada.client, job, path) for path in ("", "/output")]

    assert [answer.status_code for answer in answers] == [410, 410]


@pytest.mark.parametrize("status", [JobStatus.PROCESSING, JobStatus.FAILED])
async def test_what_made_nothing_cannot_be_shared(ada: Person, owner: Database, status: JobStatus) -> None:
    job_id = await make_bare_job(owner, ada.viewer, status)

    answer = await ada.post(f"/jobs/{job_id}/share")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert await fetch_value(owner, "SELECT count(*) FROM job_shares") == 0


@pytest.mark.parametrize("short_id", ["abc", "ABCDEFGH", "h3k9x2m%00", "h3k9x2mqq", "%ED%A0%80"])
async def test_what_cannot_be_a_link_is_refused(client: httpx.AsyncClient, short_id: str) -> None:
    answer = await client.get(f"{API}/shares/{short_id}")

    assert answer.status_code == 422


async def test_only_the_film_and_its_poster_are_behind_a_link(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)

    answer = await follow(ada.client, job, "/reference")

    assert answer.status_code == 422


async def test_whoever_guesses_links_is_stopped(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)

    guesses = [await ada.client.get(f"{API}/shares/{str(uuid4())[:8]}") for _ in range(61)]
    hit = await follow(ada.client, job)

    assert [guess.status_code for guess in guesses] == [404] * 60 + [429]
    assert hit.status_code == 429
    assert 1 <= int(hit.headers["retry-after"]) <= 60


async def test_whoever_follows_a_link_often_is_not_stopped(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_film(owner, work, storage, ada)
    await share(ada, job)

    answers = [await follow(ada.client, job) for _ in range(70)]

    assert {answer.status_code for answer in answers} == {200}
