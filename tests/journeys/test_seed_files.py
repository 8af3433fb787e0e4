"""A job's files: listed, looked at, downloaded, deleted from every bucket."""

import asyncio
import io
from pathlib import Path

import av
import pytest

from tests.journeys.site import Person, address_of, home, person, rushes

pytestmark = pytest.mark.slow

BUCKETS = ("images", "videos", "outputs")


def stored(folder: Path) -> dict[str, set[str]]:
    """The keys in each bucket of the site's local store."""
    return {
        bucket: {
            str(file.relative_to(folder / "storage" / bucket))
            for file in (folder / "storage" / bucket).rglob("*")
            if file.is_file()
        }
        for bucket in BUCKETS
    }


async def ready(worker: asyncio.subprocess.Process) -> None:
    """Wait until the worker says what it does."""
    assert worker.stdout is not None
    async with asyncio.timeout(60):
        assert (await worker.stdout.readline()).startswith(b"Working")


async def until_gone(somebody: Person, url: str) -> None:
    """Ask for a stored file until there is none."""
    async with asyncio.timeout(60):
        while (await somebody.client.get(url)).status_code != 404:
            pass


async def test_files_of_a_job_are_shown_downloaded_and_deleted_from_all_buckets() -> None:
    with home() as folder:
        async with (
            rushes("up", "--port", "0", "--home", str(folder), RUSHES_LOG_LEVEL="warning") as site,
            person(await address_of(site)) as ada,
        ):
            job_id = (await ada.until_final(await ada.submit_sample(resolution="480p")))["id"]
            listed = (await ada.client.get("/api/v1/jobs", params={"status": "completed"})).json()["jobs"]
            tiles = (await ada.client.get(f"/api/v1/jobs/{job_id}/thumbnails")).json()
            seen = {
                role: (await ada.client.get(tiles[role]["url"])).headers["content-type"]
                for role in ("reference", "motion", "output")
            }
            output = (await ada.client.get(f"/api/v1/jobs/{job_id}/output")).json()
            film = await ada.client.get(output["url"], headers={"Authorization": ""})
            before = stored(folder)
            deleted = await ada.client.delete(f"/api/v1/jobs/{job_id}")
            missing = await ada.client.get(f"/api/v1/jobs/{job_id}")
            left = (await ada.client.get("/api/v1/jobs")).json()
            # The site's own worker prunes every few minutes, a new one at once.
            async with rushes("work", "--home", str(folder), "--lanes", "nothing-here") as worker:
                await ready(worker)
                for url in (output["url"], tiles["reference"]["url"], tiles["motion"]["url"]):
                    await until_gone(ada, url)
            after = stored(folder)

    assert [one["id"] for one in listed] == [job_id]
    assert seen == {"reference": "image/png", "motion": "video/mp4", "output": "video/mp4"}
    assert film.headers["content-disposition"].startswith("attachment")
    assert len(film.content) == output["file_size_bytes"]
    with av.open(io.BytesIO(film.content)) as container:
        (stream,) = container.streams.video
        assert stream.codec_context.name == "h264"
        assert float(stream.duration * stream.time_base) == pytest.approx(
            output["duration_seconds"], abs=0.05
        )
    assert all(before.values())
    assert (deleted.status_code, missing.status_code, left["jobs"]) == (204, 404, [])
    assert after == {bucket: set() for bucket in BUCKETS}
