"""Uploading past the API: to the object store, or to a server of ours that goes on where a try broke off."""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from uuid import UUID

from rushes.client.assets import CHECK_SECONDS, OnProgress, file_chunks
from rushes.client.documents import Asset, Document
from rushes.client.errors import Conflict, InvalidAnswer, Limited, ServerTrouble, Unreachable
from rushes.client.server import Server
from rushes.client.wire import Request
from rushes.domain.media import AssetRole

_OFFSET = "Upload-Offset"


class _Offer(Document):
    asset_id: UUID
    url: str
    headers: Mapping[str, str]
    resumable: bool


async def upload_directly(
    server: Server,
    file: str | os.PathLike[str],
    *,
    role: AssetRole | str,
    on_progress: OnProgress | None = None,
) -> Asset:
    """Upload a large file past the API and return what the server found it to be.

    A store that takes files itself gets the whole of it; a server without one is sent what it lacks after
    each break.

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
    name = path.name.encode(errors="replace").decode()
    announced = {"role": AssetRole(role), "bytes": size, "file_name": name}
    # One that is announced twice and sent once is removed by itself.
    request = server.request("POST", "/assets/uploads", document=announced, is_repeatable=True)
    offer = await server.ask(request, _Offer.model_validate_json)
    await _Sending(server, offer, path, size=size, on_progress=on_progress).complete()
    request = server.request(
        "POST", f"/assets/{offer.asset_id}/complete", is_repeatable=True, answer_seconds=CHECK_SECONDS
    )
    return await server.ask(request, Asset.model_validate_json)


class _Sending:
    """One file, as far as it has been sent."""

    def __init__(
        self, server: Server, offer: _Offer, path: Path, *, size: int, on_progress: OnProgress | None
    ) -> None:
        self._server = server
        self._offer = offer
        self._path = path
        self._size = size
        self._on_progress = on_progress
        self._sent = 0

    async def complete(self) -> None:
        """Send what is missing, and go on after each break; who gets further begins to count anew."""
        furthest, tries = 0, 0
        while True:
            tries += 1
            try:
                if tries > 1 and self._offer.resumable:
                    self._sent = await self._ask_offset()
                    if self._sent > furthest:
                        furthest, tries = self._sent, 1
                return await self._send()
            except (Unreachable, Limited, ServerTrouble, Conflict) as error:
                patience = self._server.patience
                wait = patience.wait_seconds(error, tries=tries)
                if tries >= patience.attempts or wait is None:
                    raise
            await self._server.wire.sleep(wait)

    async def _send(self) -> None:
        headers = {**self._offer.headers, "Content-Length": str(self._size - self._sent)}
        if self._offer.resumable:
            headers[_OFFSET] = str(self._sent)
        method = "PATCH" if self._offer.resumable else "PUT"
        async with self._server.open(self._request(method, headers=headers, has_body=True)):
            return

    async def _ask_offset(self) -> int:
        async with self._server.open(self._request("HEAD")) as answer:
            text = answer.headers.get(_OFFSET.lower(), "")
        if not text.isdecimal() or int(text) > self._size:
            raise InvalidAnswer(f"The address of the upload says {text!r} of what it has.")
        return int(text)

    def _request(
        self, method: str, *, headers: Mapping[str, str] | None = None, has_body: bool = False
    ) -> Request:
        # Without the credential: the address is signed, and may be of another host.
        return Request(
            method=method, url=self._offer.url, headers=headers or {}, body=self._chunks if has_body else None
        )

    def _chunks(self) -> AsyncIterator[bytes]:
        return file_chunks(
            self._server.wire, self._path, start=self._sent, size=self._size, on_progress=self._on_progress
        )
