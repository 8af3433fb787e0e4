"""The files of a job, in a store that this server stands before and in one that hands them out itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole, Bucket
from rushes.storage.store import Storage, local_storage
from tests.factories import claim_one, complete, make_output, stream
from tests.s3 import fresh_s3_storage
from tests.web.people import Person, make_queued_job

CONTENT = b"film" * 100
BUSY = timedelta(minutes=5)
"""How long a busy machine may take from an answer to our look at the clock."""


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, folder: Path) -> Storage:
    """Both kinds of store."""
    if request.param == "local":
        return local_storage(folder)
    return fresh_s3_storage(request.getfixturevalue("s3_url"))


@pytest.fixture
async def job(ada: Person, owner: Database, work: Database, storage: Storage) -> Job:
    """A completed job whose output is stored."""
    await make_queued_job(owner, ada)
    output = make_output()
    await storage.write(Bucket.OUTPUTS, output.files[AssetRole.OUTPUT].key, stream(CONTENT))
    return await complete(work, await claim_one(work), output, log="")


async def fetch(person: Person, url: str, **headers: str) -> httpx.Response:
    """What somebody gets who has nothing but the address."""
    if url.startswith(("/", "http://rushes.test")):
        return await person.client.get(url, headers=headers)
    async with httpx.AsyncClient(timeout=60) as browser:
        return await browser.get(url, headers=headers)


def end_of(url: str) -> datetime:
    """The moment that an address itself says it ends at."""
    said = httpx.URL(url).params
    if "expires" in said:
        return datetime.fromtimestamp(int(said["expires"]), UTC)
    signed_at = datetime.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
    return signed_at + timedelta(seconds=int(said["X-Amz-Expires"]))


def assert_ends(ends: list[datetime], *, after: timedelta) -> None:
    """Check that all of them are so far from now, but for the second that an address is rounded by."""
    soonest, latest = datetime.now(UTC) + after - BUSY, datetime.now(UTC) + after
    assert soonest < min(ends)
    assert max(ends) <= latest


async def test_output_is_downloaded_under_its_name(ada: Person, job: Job) -> None:
    document = (await ada.get(f"/jobs/{job.id}/output")).json()

    answer = await fetch(ada, document["url"])

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"].startswith(
        f'attachment; filename="rushes-{job.short_id}.mp4"'
    )


async def test_output_is_looked_at_in_place(ada: Person, job: Job) -> None:
    document = (await ada.get(f"/jobs/{job.id}/thumbnails")).json()

    answer = await fetch(ada, document["output"]["url"], Range="bytes=4-7")

    assert (answer.status_code, answer.content) == (206, CONTENT[4:8])
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == ("video/mp4", "inline")


async def test_addresses_to_look_at_last_an_hour(ada: Person, job: Job) -> None:
    document = (await ada.get(f"/jobs/{job.id}/thumbnails")).json()

    shown = [tile["url"] for tile in document.values() if isinstance(tile, dict)]

    assert len(shown) == 3
    assert_ends(
        [datetime.fromisoformat(document["expires_at"]), *map(end_of, shown)], after=timedelta(hours=1)
    )


async def test_addresses_of_the_output_last_seven_days(ada: Person, job: Job) -> None:
    download = (await ada.get(f"/jobs/{job.id}/output")).json()
    shown = (await ada.get(f"/jobs/{job.id}")).json()["output"]

    said = download["expires_at"], shown["url_expires_at"], shown["video_url_expires_at"]
    signed = download["url"], shown["url"], shown["video_url"]

    assert_ends([*map(datetime.fromisoformat, said), *map(end_of, signed)], after=timedelta(days=7))


async def test_every_answer_names_an_address_that_opens_the_output(ada: Person, job: Job) -> None:
    document = (await ada.get(f"/jobs/{job.id}")).json()

    answer = await fetch(ada, document["output"]["video_url"])

    assert answer.content == CONTENT


@pytest.mark.parametrize("place", ["media/output", "download"])
async def test_page_leads_to_the_output(ada: Person, job: Job, place: str) -> None:
    leading = await ada.visit(f"/jobs/{job.id}/{place}")

    answer = await fetch(ada, leading.headers["location"])

    assert (leading.status_code, answer.content) == (302, CONTENT)


async def test_page_leads_nobody_else_there(bob: Person, job: Job) -> None:
    assert (await bob.visit(f"/jobs/{job.id}/media/output")).status_code == 404
