"""The files of a job, in a store that this server stands before and in one that hands them out itself."""

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
