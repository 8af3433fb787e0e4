import io
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole, Bucket
from rushes.errors import Missing
from rushes.storage.store import Storage
from rushes.web.archives import Member, answer_archive
from tests.factories import stream
from tests.web.kept import make_film
from tests.web.people import Person

PART = 1024 * 1024


async def store(owner: Database, storage: Storage, job: Job, content: bytes) -> None:
    """Write what a job made."""
    async with owner.transaction() as tx:
        ((key,),) = await tx.fetch(
            "SELECT key FROM assets WHERE job_id = $1 AND role = $2", job.id, AssetRole.OUTPUT
        )
    await storage.write(Bucket.OUTPUTS, key, stream(content))


def query(*jobs: Job) -> str:
    """What names some jobs in an address."""
    return "&".join(f"job={job.id}" for job in jobs)


async def zeros(parts: int) -> AsyncIterator[bytes]:
    """A file of many parts that is never whole in memory."""
    for _ in range(parts):
        yield bytes(PART)


async def test_the_chosen_come_as_one_archive(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    films = [await make_film(owner, work, ada) for _ in range(2)]
    for film, content in zip(films, (b"fox", b"hen" * 1000), strict=True):
        await store(owner, storage, film, content)

    answer = await ada.visit(f"/library/download?{query(*films, films[0])}")

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == "application/zip"
    assert 'attachment; filename="rushes.zip"' in answer.headers["content-disposition"]
    assert archive.testzip() is None
    assert {one.filename: archive.read(one) for one in archive.infolist()} == {
        f"rushes-{films[0].short_id}.mp4": b"fox",
        f"rushes-{films[1].short_id}.mp4": b"hen" * 1000,
    }
    assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}


async def test_one_of_another_is_in_no_archive(
    ada: Person, bob: Person, owner: Database, work: Database, storage: Storage
) -> None:
    hers, his = await make_film(owner, work, ada), await make_film(owner, work, bob)
    await store(owner, storage, hers, b"fox")
    await store(owner, storage, his, b"hen")

    both = await ada.visit(f"/library/download?{query(hers, his)}")
    nobodys = await ada.visit(f"/library/download?{query(hers)}&job={uuid4()}")

    assert (both.status_code, nobodys.status_code) == (404, 404)
    assert b"hen" not in both.content


async def test_an_archive_that_lacks_a_file_is_not_begun(
    ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    there, gone = await make_film(owner, work, ada), await make_film(owner, work, ada)
    await store(owner, storage, there, b"fox")

    answer = await ada.visit(f"/library/download?{query(there, gone)}")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("count", [0, 101])
async def test_an_archive_is_of_one_to_a_hundred(ada: Person, count: int) -> None:
    asked = "&".join(f"job={uuid4()}" for _ in range(count))

    answer = await ada.visit(f"/library/download?{asked}")

    assert answer.status_code == 422


async def test_an_archive_needs_the_memory_of_a_part(storage: Storage) -> None:
    members = [
        Member(name=f"{name}.mp4", bucket=Bucket.OUTPUTS, key=name, made_at=datetime(1970, 1, 1, tzinfo=UTC))
        for name in "ab"
    ]
    for member in members:
        await storage.write(member.bucket, member.key, zeros(24))

    answer = await answer_archive(storage, members, file_name="rushes.zip")
    tracemalloc.start()
    sent = 0
    async for chunk in answer.body_iterator:
        sent += len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent > 48 * PART
    assert peak < 8 * PART


async def test_an_archive_of_what_is_not_stored_is_refused(storage: Storage) -> None:
    gone = Member(name="a.mp4", bucket=Bucket.OUTPUTS, key="gone", made_at=datetime.now(UTC))

    with pytest.raises(Missing):
        await answer_archive(storage, [gone], file_name="rushes.zip")
