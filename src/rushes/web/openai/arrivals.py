"""Reading what a client sends, as JSON or as a form whose files are stored as they arrive."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, cast

import orjson
from fastapi import Request

from rushes.actions.assets import Upload, discard, store_upload
from rushes.domain.accounts import Viewer
from rushes.domain.media import Asset, AssetRole
from rushes.errors import Conflict, FieldProblem, Invalid, InvalidFields, Missing, RushesError, TooLarge
from rushes.web.limiting import Rate, RateLimits
from rushes.web.middleware.body_limit import BODY_BYTES
from rushes.web.multipart import FIELD_BYTES, MultipartForm, Part
from rushes.web.openai import data_urls
from rushes.web.openai.brackets import nest
from rushes.web.services import Services

MAX_FIELDS = 200

_URL = "[image_url]"


@dataclass(slots=True, kw_only=True)
class Arrival:
    """What a client has sent: a document, and the files that came with it by the name of their field."""

    request: Request
    services: Services
    viewer: Viewer
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    uploads: dict[str, Asset] = field(default_factory=dict[str, Asset])

    async def store(
        self, name: str, role: AssetRole, chunks: AsyncIterator[bytes], *, file_name: str | None
    ) -> None:
        """Store a file of the field `name`.

        Raises:
            InvalidFields: The field has a file already.
            Limited: The viewer uploads too often.
            RushesError: As an upload does; the field is named.
        """
        if name in self.uploads:
            raise _wrong(name, "Send one file.")
        rates: RateLimits = self.request.app.state.rate_limits
        rates.count(Rate.UPLOADS, self.request, str(self.viewer.user_id))
        upload = Upload(role=role, file_name=file_name, chunks=chunks)
        services = self.services
        try:
            self.uploads[name] = await store_upload(
                services.database, services.storage, self.viewer, upload, limits=services.limits
            )
        except RushesError as error:
            error.fields = tuple(replace(one, field=name) for one in error.fields)
            raise


@asynccontextmanager
async def arriving(
    request: Request, services: Services, viewer: Viewer, roles: Mapping[str, AssetRole]
) -> AsyncGenerator[Arrival]:
    """Read a request while its answer is made; if none is, or no job takes them, its files are discarded.

    `roles` names the fields that take a file.

    Raises:
        Invalid: It is neither a JSON object nor a form, or a field is wrong.
        UnsupportedMedia: It says that it is of another type, or a file is.
        MediaRejected: A file is empty.
        TooLarge: A file or a document is larger than is allowed.
    """
    arrival = Arrival(request=request, services=services, viewer=viewer)
    try:
        content_type = request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() == "application/json":
            arrival.said = await _read_json(request)
        else:
            await _read_form(arrival, MultipartForm(content_type, request.stream()), roles)
        yield arrival
    except BaseException:
        await let_go(arrival)
        raise


async def let_go(arrival: Arrival) -> None:
    """Delete the files that no job uses."""
    services = arrival.services
    for asset in arrival.uploads.values():
        with suppress(Conflict, Missing):
            await discard(services.database, services.storage, arrival.viewer, asset_id=asset.id)


async def _read_json(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise TooLarge(
                f"As JSON, {BODY_BYTES // 1024} KiB are allowed; send a form with the file itself."
            )
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid("The body is not JSON.") from error
    if not isinstance(said, dict):
        raise Invalid("The body is not a JSON object.")
    return cast("dict[str, Any]", said)


async def _read_form(arrival: Arrival, form: MultipartForm, roles: Mapping[str, AssetRole]) -> None:
    entries: list[tuple[str, str]] = []
    fields = 0
    while (part := await form.next_part()) is not None:
        fields += 1
        if fields > MAX_FIELDS:
            raise Invalid(f"A form has at most {MAX_FIELDS} fields.")
        if part.file_name is not None:
            name = part.name.removesuffix("[]")
            if name not in roles:
                raise _wrong(name, "This takes no file.")
            await arrival.store(name, roles[name], part.chunks(), file_name=part.file_name or None)
        elif part.name.removesuffix(_URL) in roles and part.name.endswith(_URL):
            await _read_url(arrival, part, roles, entries)
        else:
            entries.append((part.name, await part.text()))
    arrival.said = nest(_not_sent(entries, arrival.uploads))


async def _read_url(
    arrival: Arrival, part: Part, roles: Mapping[str, AssetRole], entries: list[tuple[str, str]]
) -> None:
    """Store a file that is written into its address; note any other address."""
    name = part.name.removesuffix(_URL)
    async with aclosing(part.chunks()) as chunks:
        text = b""
        async for chunk in chunks:
            text += chunk
            if len(text) >= len(data_urls.SCHEME):
                break
        if text.startswith(data_urls.SCHEME):
            await arrival.store(name, roles[name], decoded(name, _rejoined(text, chunks)), file_name=None)
            return
        async for chunk in chunks:
            text += chunk
            if len(text) > FIELD_BYTES:
                raise _wrong(part.name, "This is too long.")
    entries.append((part.name, text.decode(errors="replace")))


async def decoded(name: str, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the bytes of a data URL, naming its field if it is none.

    Raises:
        InvalidFields: It is no data URL.
    """
    try:
        async for chunk in data_urls.decode(chunks):
            yield chunk
    except Invalid as error:
        raise _wrong(name, error.message) from error


async def _rejoined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _not_sent(entries: Iterable[tuple[str, str]], uploads: Mapping[str, Asset]) -> list[tuple[str, str]]:
    """Return the plain fields; one that came as a file as well is refused."""
    kept = list(entries)
    for name, _ in kept:
        if name.partition("[")[0] in uploads:
            raise _wrong(name, "This is given in two forms.")
    return kept


def _wrong(field_name: str, message: str) -> InvalidFields:
    return InvalidFields(fields=(FieldProblem(field=field_name, message=message),))
