"""What happens while a file is being read, over real connections."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from rushes.domain.media import Bucket
from rushes.storage.signing import signed_path
from rushes.storage.store import Storage, memory_storage
from rushes.web.services import Services
from tests.factories import stream
from tests.web.people import SECRET
from tests.web.site import served

KEY = "user/job/output.mp4"
SIZE = 30_000_000
SLOW_READERS = 20
"""More than the connections to the database."""


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: a stored file is read without it."""
    return shared_database_url


@pytest.fixture
async def film(storage: Storage) -> str:
    """The address of a film that no socket's buffer holds."""
    await storage.write(Bucket.OUTPUTS, KEY, stream(*(bytes([n]) * 1_000_000 for n in range(30))))
    expires_at = datetime.now(UTC) + timedelta(minutes=5)
    return signed_path(SECRET, bucket=Bucket.OUTPUTS, key=KEY, expires_at=expires_at)


@contextlib.asynccontextmanager
async def begun(site: str, address: str) -> AsyncIterator[asyncio.StreamReader]:
    """A reader that has seen the head of the answer, and takes no more for now."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(site).port, limit=2**16)
    writer.write(f"GET {address} HTTP/1.1\r\nHost: rushes.test\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    try:
        yield reader
    finally:
        writer.transport.abort()


async def body_length(reader: asyncio.StreamReader) -> int:
    while await reader.readline() != b"\r\n":
        pass
    return len(await reader.read(-1))


async def test_slow_readers_hold_no_connection_to_the_database(services: Services, film: str) -> None:
    async with asyncio.timeout(60), served(services) as site, contextlib.AsyncExitStack() as readers:
        for _ in range(SLOW_READERS):
            await readers.enter_async_context(begun(site, film))

        async with httpx.AsyncClient(base_url=site, timeout=60) as client:
            answer = await client.get("/readyz")

    assert answer.status_code == 200


async def test_reader_of_a_file_that_is_deleted_gets_it_to_its_end(
    services: Services, storage: Storage, folder: Path, film: str
) -> None:
    async with asyncio.timeout(60), served(services) as site, begun(site, film) as reader:
        await storage.delete(Bucket.OUTPUTS, KEY)
        read = await body_length(reader)

        async with httpx.AsyncClient(base_url=site, timeout=60) as client:
            after = await client.get(film)

    assert read == SIZE
    assert after.status_code == 404


class TestRemote:
    """A store that cannot keep a deleted file open."""

    @pytest.fixture
    def storage(self) -> Storage:
        """A store without files."""
        return memory_storage()

    async def test_connection_ends_when_the_file_is_deleted(
        self, services: Services, storage: Storage, film: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        async with asyncio.timeout(60), served(services) as site, begun(site, film) as reader:
            await storage.delete(Bucket.OUTPUTS, KEY)
            read = await body_length(reader)

        assert read < SIZE
        assert "media.cut_off" in capfd.readouterr().out


async def test_reader_that_leaves_holds_no_file_open(services: Services, film: str) -> None:
    async with asyncio.timeout(60), served(services) as site:
        async with begun(site, film):
            assert open_films()
        while await asyncio.to_thread(open_films):
            pass


def open_films() -> list[str]:
    """The descriptors of this process that are films."""
    found: list[str] = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(link.readlink()))
    return [path for path in found if path.endswith("output.mp4")]
