"""Pictures that a request names by an address: fetched, and stored as if they had been sent."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID

from rushes.domain.media import AssetRole, MediaKind
from rushes.errors import FieldProblem, Invalid, InvalidFields, TooLarge, Unavailable
from rushes.outgoing.client import OutgoingClient
from rushes.web.live import Live
from rushes.web.openai.arrivals import Arrival, decoded
from rushes.web.openai.bodies import Reference
from rushes.web.openai.data_urls import SCHEME
from rushes.web.verdicts import await_verdict

FETCH_SECONDS = 20.0

_CHUNK_BYTES = 256 * 1024


async def find_uploads(
    arrival: Arrival, live: Live, guard: OutgoingClient, *, name: str, reference: Reference | None
) -> dict[str, UUID]:
    """Return the assets that were sent, or that `reference` names, by the field that they belong to.

    Those that arrived with the request have been checked, or have waited for it long enough.

    Raises:
        InvalidFields: An address leads nowhere, or where no request may go.
        MediaRejected: A file cannot be used.
        UnsupportedMedia: A file is of a type that is not accepted.
        TooLarge: A file is larger than is allowed.
    """
    if reference is not None and reference.image_url is not None:
        await _take(arrival, guard, name, reference.image_url)
    for field, asset in arrival.uploads.items():
        await await_verdict(arrival.services, live, asset, field=field)
    found = {field: UUID(int=asset.id.int) for field, asset in arrival.uploads.items()}
    if reference is not None and reference.file_id is not None:
        found[name] = reference.file_id
    return found


async def _take(arrival: Arrival, guard: OutgoingClient, name: str, url: str) -> None:
    if url.encode().startswith(SCHEME):
        chunks = decoded(name, _whole(url.encode()))
        await arrival.store(name, AssetRole.REFERENCE, chunks, file_name=None)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        try:
            await guard.download(
                url,
                path,
                seconds=FETCH_SECONDS,
                max_bytes=arrival.services.limits.bytes_of(MediaKind.IMAGE),
            )
        except (Invalid, TooLarge, Unavailable) as error:
            problem = FieldProblem(field=f"{name}.image_url", message=error.message)
            raise InvalidFields(fields=(problem,)) from error
        await arrival.store(name, AssetRole.REFERENCE, _read(path), file_name=None)


async def _whole(content: bytes) -> AsyncGenerator[bytes]:
    yield content


async def _read(path: Path) -> AsyncGenerator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
