"""Uploading files, looking at them, deleting them."""

import mimetypes
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from rushes.client.documents import Asset
from rushes.client.errors import ClientError
from rushes.client.server import Server, nothing
from rushes.client.wire import Body, Wire
from rushes.domain.media import AssetRole

CHUNK_BYTES = 256 * 1024

CHECK_SECONDS = 120.0
"""A server may wait a minute for the check of a file before it answers."""

OnProgress = Callable[[int, int], object]
"""Is told how many bytes have been sent or received, and how many there are."""


async def upload(
    server: Server,
    file: str | os.PathLike[str],
    *,
    role: AssetRole | str,
    on_progress: OnProgress | None = None,
) -> Asset:
    """Upload a file and return what the server found it to be; memory does not grow with its size.

    Args:
        server: The server.
        file: Where it is.
        role: What it is for, such as `reference` or `motion`.
        on_progress: Called with the bytes sent so far and the bytes of the file.

    Raises:
        Invalid: The server does not accept the file.
        OSError: It cannot be read.
    """
    path = Path(file)
    size = (await server.wire.call(path.stat)).st_size
    boundary = uuid4().hex
    head, tail = _frame(path, role=AssetRole(role), boundary=boundary)
    request = server.request(
        "POST",
        "/assets",
        body=_body(server.wire, path, size=size, head=head, tail=tail, on_progress=on_progress),
        headers={
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + size + len(tail)),
        },
        # A second copy costs nothing but space; a job is charged for, a file is not.
        is_repeatable=True,
        answer_seconds=CHECK_SECONDS,
    )
    return await server.ask(request, Asset.model_validate_json)


async def asset(server: Server, asset_id: UUID | str) -> Asset:
    """Return one of the account's files, with a fresh signed address.

    Raises:
        Missing: There is no such file.
    """
    request = server.request("GET", f"/assets/{UUID(str(asset_id))}")
    return await server.ask(request, Asset.model_validate_json)


async def delete_asset(server: Server, asset_id: UUID | str) -> None:
    """Delete an uploaded file.

    Raises:
        Missing: There is no such file.
        Conflict: A job uses it.
    """
    await server.ask(server.request("DELETE", f"/assets/{UUID(str(asset_id))}"), nothing)


async def file_chunks(
    wire: Wire, path: Path, *, start: int, size: int, on_progress: OnProgress | None
) -> AsyncIterator[bytes]:
    """Yield a file of `size` bytes from byte `start` on; `on_progress` is told what was sent of all of it.

    Raises:
        ClientError: It has become shorter.
        OSError: It cannot be read.
    """
    file: BinaryIO = await wire.call(path.open, "rb")
    try:
        sent = await wire.call(file.seek, start)
        while sent < size:
            chunk = await wire.call(file.read, min(CHUNK_BYTES, size - sent))
            if not chunk:
                raise ClientError(f"{path} has become shorter while it was uploaded.")
            yield chunk
            sent += len(chunk)
            if on_progress is not None:
                on_progress(sent, size)
    finally:
        await wire.call(file.close)


def _frame(path: Path, *, role: AssetRole, boundary: str) -> tuple[bytes, bytes]:
    """Return what stands before and after the file in a multipart form (RFC 7578)."""
    name = path.name.replace("\\", "%5C").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="role"\r\n\r\n{role}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    return head.encode(errors="replace"), f"\r\n--{boundary}--\r\n".encode()


def _body(
    wire: Wire, path: Path, *, size: int, head: bytes, tail: bytes, on_progress: OnProgress | None
) -> Body:
    async def chunks() -> AsyncIterator[bytes]:
        yield head
        async for chunk in file_chunks(wire, path, start=0, size=size, on_progress=on_progress):
            yield chunk
        yield tail

    return chunks
