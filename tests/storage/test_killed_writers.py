"""Writers that are killed in the middle of an object, in a folder and on a real S3 server."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from rushes.domain.media import Bucket
from rushes.errors import Missing
from rushes.storage.store import Storage
from tests.s3 import make_buckets
from tests.storage.writer import names_of, open_storage

ROOT = Path(__file__).parents[2]
KEY = "a/film.mp4"

Place = tuple[str, str, str]


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a process opens the store: its kind, its folder or address, and the prefix of its buckets."""
    if request.param == "local":
        return "local", str(tmp_path / "storage"), ""
    url, prefix = request.getfixturevalue("s3_url"), str(uuid4())
    make_buckets(url, *names_of(prefix).values())
    return "s3", url, prefix


@pytest.fixture
def storage(place: Place) -> Storage:
    """The same store, seen from here."""
    return open_storage(*place)


def kill_a_writer(place: Place) -> None:
    """Have a process write half of the object, and kill it then."""
    command = [sys.executable, "-m", "tests.storage.writer", *place]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.kill()


async def test_writer_killed_half_way_leaves_no_object(place: Place, storage: Storage) -> None:
    kill_a_writer(place)

    assert await storage.list_keys(Bucket.OUTPUTS, "a") == []
    with pytest.raises(Missing):
        await storage.head(Bucket.OUTPUTS, KEY)


async def test_object_can_be_written_where_a_writer_was_killed(
    place: Place, storage: Storage, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    kill_a_writer(place)

    await storage.write_file(Bucket.OUTPUTS, KEY, film)

    assert (await storage.head(Bucket.OUTPUTS, KEY)).size == 4


@pytest.mark.parametrize("place", ["local"], indirect=True)
async def test_half_of_an_object_is_removed_from_a_folder_in_time(place: Place, storage: Storage) -> None:
    kill_a_writer(place)

    removed = await storage.remove_unfinished(age=timedelta(0))

    assert removed == 1
    assert [path for path in Path(place[1]).rglob("*") if path.is_file()] == []
