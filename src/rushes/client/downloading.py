"""Downloading what a job made: into a file that is there when it is whole, going on where a try ended."""

import fcntl
import os
import re
from pathlib import Path
from typing import BinaryIO

from rushes.client.assets import OnProgress
from rushes.client.documents import Download
from rushes.client.errors import DownloadFailed, InvalidAnswer, Limited, Refused, ServerTrouble, Unreachable
from rushes.client.jobs import JobRef, id_of, output
from rushes.client.server import Server
from rushes.client.wire import Answer, Request

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_OK, _PARTIAL, _NOT_SATISFIABLE = 200, 206, 416


async def download(
    server: Server,
    job: JobRef,
    path: str | os.PathLike[str] = ".",
    *,
    on_progress: OnProgress | None = None,
) -> Path:
    """Download a completed job's output and return where it is.

    It is kept as a hidden `.part` beside its place until it is whole, and then put in its place in one step.
    A download that was cut off, also that of an earlier call, goes on where it ended.

    Args:
        server: The server.
        job: The job or its id.
        path: The file to write; in a folder, it gets the name that the server proposes.
        on_progress: Called with the bytes received so far and the bytes of the file.

    Raises:
        Missing: There is no such job.
        Conflict: It is not completed.
        DownloadFailed: Another process downloads the same, or what comes is not what was announced.
        OSError: The file cannot be written.
    """
    offer = await output(server, job)
    call = server.wire.call
    target = await call(_place, Path(path), offer, str(id_of(job)))
    partial = target.with_name(f".{target.name}.{id_of(job)}.part")
    file = await call(_open_alone, partial)
    try:
        await _Reception(server, offer, file, on_progress).complete()
        await call(_put_in_place, file, partial, target)
    finally:
        await call(file.close)
    return target


class _Reception:
    """One file, as far as it has come."""

    def __init__(
        self, server: Server, offer: Download, file: BinaryIO, on_progress: OnProgress | None
    ) -> None:
        self._server = server
        self._offer = offer
        self._file = file
        self._on_progress = on_progress
        self._size = offer.file_size_bytes
        self._received = file.seek(0, os.SEEK_END)
        self._etag: str | None = None

    async def complete(self) -> None:
        """Receive what is missing, and go on after each break; who gets further begins to count anew."""
        if self._received > self._size:
            await self._restart()
        furthest, tries = self._received, 0
        while self._received < self._size:
            tries += 1
            trouble = await self._receive()
            if self._received > furthest:
                furthest, tries = self._received, 0
            elif tries >= self._server.patience.attempts:
                raise trouble
            if self._received < self._size:
                wait = self._server.patience.wait_seconds(trouble, tries=tries)
                if wait is None:
                    raise trouble
                await self._server.wire.sleep(wait)

    async def _receive(self) -> Unreachable | Refused | DownloadFailed:
        """Receive as much as comes; return why that was not all, if it was not."""
        try:
            async with self._server.open(self._request()) as answer:
                if not self._continues(answer):
                    await self._restart()
                if self._continues(answer):
                    self._etag = answer.headers.get("etag")
                    async for chunk in answer.chunks:
                        await self._keep(chunk)
        except (Unreachable, Limited, ServerTrouble) as error:
            return error
        except Refused as error:
            if error.status != _NOT_SATISFIABLE:
                raise
            await self._restart()
        return DownloadFailed(f"{self._offer.file_name} has {self._size} bytes, but fewer come.")

    def _request(self) -> Request:
        headers = {"Accept-Encoding": "identity"}
        if self._received:
            headers["Range"] = f"bytes={self._received}-"
            if self._etag is not None and not self._etag.startswith("W/"):
                headers["If-Range"] = self._etag
        # Without the credential: the address is signed, and may be of another host.
        return Request(method="GET", url=self._offer.url, headers=headers, follows_redirects=True)

    def _continues(self, answer: Answer) -> bool:
        """Tell whether the body of an answer goes on where we are."""
        if answer.status != _PARTIAL:
            return self._received == 0
        span = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
        return span is not None and (int(span[1]), int(span[3])) == (self._received, self._size)

    async def _keep(self, chunk: bytes) -> None:
        if self._received + len(chunk) > self._size:
            raise InvalidAnswer(f"{self._offer.file_name} has {self._size} bytes, but more come.")
        await self._server.wire.call(self._file.write, chunk)
        self._received += len(chunk)
        if self._on_progress is not None:
            self._on_progress(self._received, self._size)

    async def _restart(self) -> None:
        await self._server.wire.call(self._file.truncate, 0)
        self._received = await self._server.wire.call(self._file.seek, 0)
        self._etag = None


def _place(path: Path, offer: Download, job_id: str) -> Path:
    """Return the file to write; what the server proposes is a name, and never a way to another folder."""
    if not path.is_dir():
        return path
    name = Path(offer.file_name.replace("\\", "/")).name
    name = "".join(character for character in name if character.isprintable()).strip(". ")
    return path / (name or job_id)


def _open_alone(partial: Path) -> BinaryIO:
    """Open what an earlier call left, or a new file, that no other process writes to.

    Raises:
        DownloadFailed: Another one does.
    """
    while True:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        file = open(os.open(partial, flags, 0o666), "r+b")  # noqa: PTH123, SIM115  # the caller closes it
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise DownloadFailed(f"Another process downloads to {partial}.") from error
        if _is_same(file, partial):
            return file
        file.close()  # whoever had the lock has put it in its place since we opened it


def _is_same(file: BinaryIO, partial: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), partial.lstat())
    except FileNotFoundError:
        return False


def _put_in_place(file: BinaryIO, partial: Path, target: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    partial.replace(target)
