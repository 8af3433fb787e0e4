"""Uploading and downloading, also over connections that break."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from rushes.client import (
    AsyncRushes,
    ClientError,
    DownloadFailed,
    InvalidAnswer,
    Missing,
    Rushes,
    Unreachable,
)
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from tests.client.conftest import QUICK
from tests.client.peer import Peer, answer, peer
from tests.factories import PNG, make_job

JOB_ID = UUID(int=7)
FILM = bytes(range(256)) * 40
NOTHING = b""


def offer(site: Peer, *, size: int = len(FILM), name: str = "film.mp4") -> bytes:
    """The answer that says where the output is."""
    document = {
        "url": f"{site.address}/media/film?signature=x",
        "expires_at": "2099-01-01T00:00:00Z",
        "file_name": name,
        "media_type": "video/mp4",
        "file_size_bytes": size,
        "duration_seconds": 1.0,
    }
    return answer("200 OK", json.dumps(document))


def whole(content: bytes = FILM, *, sent: int | None = None) -> bytes:
    """The whole file, or as much of it as `sent` before the connection breaks."""
    return answer("200 OK", content, etag='"v1"')[: None if sent is None else sent - len(content)]


def rest(start: int, content: bytes = FILM, *, size: int | None = None) -> bytes:
    """The file from some byte on."""
    total = len(content) if size is None else size
    span = f"bytes {start}-{total - 1}/{total}"
    return answer("206 Partial Content", content[start:], content_range=span, etag='"v1"')


async def fetch(answers: Sequence[bytes], target: Path, **named: object) -> tuple[Path, Peer, list[int]]:
    """Download from a server that answers so after its offer."""
    script: list[bytes] = [b""]
    seen: list[int] = []
    async with peer(script) as site:
        script[:] = [offer(site, **named), *answers]  # pyright: ignore[reportArgumentType] - of `offer`
        async with AsyncRushes(site.address, api_key="k", patience=QUICK, trust_env=False) as rushes:
            path = await rushes.download(JOB_ID, target, on_progress=lambda done, _: seen.append(done))
    return path, site, seen


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    path = tmp_path / "here"
    path.mkdir()
    return path


async def test_upload_is_what_the_file_is(rushes: AsyncRushes, folder: Path) -> None:
    file = folder / 'a "picture"\n.png'
    file.write_bytes(PNG)

    asset = await rushes.upload(file, role="reference")

    assert (asset.role, asset.media_type, asset.bytes) == ("reference", "image/png", len(PNG))
    assert (await rushes.asset(asset.id)).sha256 == asset.sha256
    await rushes.delete_asset(asset.id)
    with pytest.raises(Missing):
        await rushes.asset(asset.id)


async def test_upload_tells_its_progress(rushes: AsyncRushes, folder: Path) -> None:
    file = folder / "a.png"
    file.write_bytes(PNG + bytes(1_000_000))
    told: list[tuple[int, int]] = []

    await rushes.upload(file, role="reference", on_progress=lambda *now: told.append(now))

    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == (file.stat().st_size, file.stat().st_size)


async def test_blocking_upload_does_the_same(blocking: Rushes, folder: Path) -> None:
    file = folder / "a.png"
    file.write_bytes(PNG)

    asset = await asyncio.to_thread(blocking.upload, file, role="reference")

    assert asset.bytes == len(PNG)


async def test_upload_is_repeated_from_its_beginning(folder: Path) -> None:
    file = folder / "a.png"
    file.write_bytes(PNG)
    async with (
        peer([NOTHING, answer("415 Unsupported")]) as site,
        AsyncRushes(site.address, api_key="k", patience=QUICK, trust_env=False) as rushes,
    ):
        with pytest.raises(ClientError):
            await rushes.upload(file, role="reference")

    first, second = site.heard
    assert first.body == second.body
    assert PNG in second.body


async def test_file_that_is_not_there_is_not_uploaded(rushes: AsyncRushes, folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await rushes.upload(folder / "none.png", role="reference")


async def test_path_among_the_inputs_is_uploaded_first(
    rushes: AsyncRushes, folder: Path, owner: Database, ada: Viewer
) -> None:
    file = folder / "a.png"
    file.write_bytes(PNG)
    film = (await make_job(owner, ada)).id
    motion = (await rushes.job(film)).model_dump()["input"]["motion"]

    job = await rushes.submit("base", inputs={"reference": file, "motion": motion})

    reference = (await rushes.job(job)).model_dump()["input"]["reference"]
    assert (await rushes.asset(reference)).file_name == "a.png"


def test_memory_does_not_grow_with_the_file(folder: Path) -> None:
    file = folder / "large.mp4"
    with file.open("wb") as stream:
        stream.truncate(1024**3)
    program = f"""
import resource, socket, threading
from pathlib import Path
from rushes.client import Patience, Rushes
server = socket.create_server(("127.0.0.1", 0))
def swallow():
    peer, _ = server.accept()
    left = 1024**3
    buffer = bytearray(1 << 20)
    while left > 0:
        left -= peer.recv_into(buffer)
    peer.sendall(b"HTTP/1.1 415 No\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n")
    peer.close()
threading.Thread(target=swallow, daemon=True).start()
resource.setrlimit(resource.RLIMIT_AS, (768 << 20, 768 << 20))
with Rushes(f"http://127.0.0.1:{{server.getsockname()[1]}}", api_key="k", trust_env=False) as rushes:
    try:
        rushes.upload(Path({str(file)!r}), role="motion")
    except Exception as error:
        print(type(error).__name__)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "Invalid", ended.stderr


async def test_download_is_there_when_it_is_whole(folder: Path) -> None:
    path, site, seen = await fetch([whole()], folder / "out.mp4")

    assert path.read_bytes() == FILM
    assert left_in(folder) == ["out.mp4"]
    assert seen[-1] == len(FILM)
    assert "authorization" in site.heard[0].headers
    assert "authorization" not in site.heard[1].headers, "a signed address needs no key, and may be elsewhere"


async def test_download_goes_on_where_it_broke_off(folder: Path) -> None:
    path, site, _ = await fetch([whole(sent=4000), NOTHING, rest(4000)], folder / "out.mp4")

    assert path.read_bytes() == FILM
    assert [one.headers.get("range") for one in site.heard] == [None, None, "bytes=4000-", "bytes=4000-"]
    assert site.heard[-1].headers["if-range"] == '"v1"'


async def test_download_goes_on_where_an_earlier_call_ended(folder: Path) -> None:
    with pytest.raises(Unreachable):
        await fetch([whole(sent=4000), NOTHING], folder / "out.mp4")
    assert left_in(folder) == [f".out.mp4.{JOB_ID}.part"]

    path, site, _ = await fetch([rest(4000)], folder / "out.mp4")

    assert path.read_bytes() == FILM
    assert site.heard[-1].headers["range"] == "bytes=4000-"
    assert left_in(folder) == ["out.mp4"]


@pytest.mark.parametrize(
    "other",
    [
        [whole()],
        [rest(0), whole()],
        [rest(4000, size=9), whole()],
        [answer("416 No", content_range="bytes */9"), whole()],
        [answer("206 Partial Content", b"x" * 9), whole()],
    ],
    ids=["whole", "another part", "another size", "no such part", "no range"],
)
async def test_download_that_cannot_go_on_begins_again(folder: Path, other: list[bytes]) -> None:
    path, _, _ = await fetch([whole(sent=4000), *other], folder / "out.mp4")

    assert path.read_bytes() == FILM


async def test_older_file_stays_until_the_new_one_is_whole(folder: Path) -> None:
    (folder / "out.mp4").write_text("old")

    with pytest.raises(Unreachable):
        await fetch([whole(sent=4000), NOTHING], folder / "out.mp4")

    assert (folder / "out.mp4").read_text() == "old"


async def test_download_that_is_longer_than_announced_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidAnswer, match="more come"):
        await fetch([whole()], folder / "out.mp4", size=9)


async def test_download_that_never_becomes_whole_is_given_up(folder: Path) -> None:
    with pytest.raises(DownloadFailed, match="fewer come"):
        await fetch([whole(FILM[:9])], folder / "out.mp4", size=len(FILM))


@pytest.mark.parametrize(
    "name", ["../../up.mp4", "/etc/up.mp4", "..\\up.mp4", "up.mp4", "\0up.mp4\n", "..up.mp4"]
)
async def test_proposed_name_leads_to_no_other_folder(folder: Path, name: str) -> None:
    path, _, _ = await fetch([whole()], folder, name=name)

    assert path == folder / "up.mp4"


@pytest.mark.parametrize("name", ["", "..", "/", ". "])
async def test_proposed_name_that_is_none_becomes_the_job(folder: Path, name: str) -> None:
    path, _, _ = await fetch([whole()], folder, name=name)

    assert path == folder / str(JOB_ID)


async def test_two_downloads_do_not_mix(folder: Path) -> None:
    import fcntl

    with (folder / f".out.mp4.{JOB_ID}.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        with pytest.raises(DownloadFailed, match="Another process"):
            await fetch([whole()], folder / "out.mp4")


async def test_download_into_no_folder_says_so(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await fetch([whole()], folder / "none" / "out.mp4")


async def test_download_has_the_mode_of_other_files(folder: Path) -> None:
    before = os.umask(0o027)
    try:
        path, _, _ = await fetch([whole()], folder / "out.mp4")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o640
