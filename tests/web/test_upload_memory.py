"""What a real server process holds in memory while large files arrive."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.support import SECRET, Command

SIZE = int(os.environ.get("RUSHES_TEST_UPLOAD_BYTES", "300000000"))
MOST_GROWTH = 60_000_000
HEAD = b"\0\0\0\x18ftypisom\0\0\0\0isomiso2"
CREDENTIALS = {"email": "ada@example.org", "password": "correct horse battery"}

pytestmark = pytest.mark.slow


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Command]:
    settings = {
        "DATABASE_URL": database_url,
        "SECRET": SECRET,
        "HOME": str(tmp_path / "home"),
        "PORT": "0",
        "CHECK_WAIT_SECONDS": "0",
    }
    command = Command(["serve"], folder=tmp_path, variables=settings)
    yield command
    command.close()


@pytest.fixture
def person(server: Command) -> Iterator[httpx.Client]:
    address = server.read_until(r"http://\S+")[0]
    with httpx.Client(base_url=address, timeout=120, trust_env=False) as client:
        client.post("/api/v1/auth/register", json=CREDENTIALS).raise_for_status()
        token = client.post("/api/v1/auth/login", json=CREDENTIALS).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        # What a first upload loads is no growth.
        upload(client, 5_000_000)
        upload_directly(client, 5_000_000)
        yield client


def film(size: int) -> Iterator[bytes]:
    """A file that is taken for a film, never as a whole in memory."""
    yield HEAD
    for start in range(len(HEAD), size, 1_000_000):
        yield bytes(min(1_000_000, size - start))


def upload(client: httpx.Client, size: int) -> httpx.Response:
    before = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'

    def body() -> Iterator[bytes]:
        yield before
        yield from film(size)
        yield b"\r\n--b--\r\n"

    return client.post(
        "/api/v1/assets?role=motion",
        content=body(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )


def upload_directly(client: httpx.Client, size: int) -> httpx.Response:
    announced = client.post("/api/v1/assets/uploads", json={"role": "motion", "bytes": size}).json()
    client.put(announced["url"], content=film(size)).raise_for_status()
    return client.post(f"/api/v1/assets/{announced['asset_id']}/complete")


def forget_peak(process: int) -> int:
    """Begin to note the most memory anew; return what is held now, in bytes."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return psutil.Process(process).memory_info().rss


def peak(process: int) -> int:
    """The most memory that a process held, in bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def test_upload_is_never_held_as_a_whole(server: Command, person: httpx.Client) -> None:
    before = forget_peak(server.process.pid)

    answer = upload(person, SIZE)

    assert (answer.status_code, answer.json()["bytes"]) == (201, SIZE)
    assert peak(server.process.pid) - before < MOST_GROWTH


def test_direct_upload_is_never_held_as_a_whole(server: Command, person: httpx.Client) -> None:
    before = forget_peak(server.process.pid)

    answer = upload_directly(person, SIZE)

    assert (answer.status_code, answer.json()["bytes"]) == (200, SIZE)
    assert peak(server.process.pid) - before < MOST_GROWTH


def test_file_is_handed_out_without_being_held_as_a_whole(server: Command, person: httpx.Client) -> None:
    url = upload(person, SIZE).json()["url"]
    before = forget_peak(server.process.pid)

    with person.stream("GET", url) as answer:
        read = sum(len(chunk) for chunk in answer.iter_raw())

    assert read == SIZE
    assert peak(server.process.pid) - before < MOST_GROWTH
