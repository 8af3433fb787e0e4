"""Reading a multipart form (RFC 7578) part by part as it arrives, in constant memory."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from rushes.errors import FieldProblem, Invalid, InvalidFields, UnsupportedMedia

FIELD_BYTES = 64 * 1024
"""The longest text field; files are limited by whoever stores them."""


def clean_file_name(name: str) -> str:
    """Return a file name without folders and without characters that cannot be seen."""
    text = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in text if character.isprintable())


@dataclass(frozen=True, slots=True)
class _Bytes:
    data: bytes


@dataclass(frozen=True, slots=True)
class _End:
    """The part is complete."""


class Part:
    """One part of a form; `file_name` is `None` for a plain field. Read it before asking for the next."""

    def __init__(self, form: "MultipartForm", *, name: str, file_name: str | None) -> None:
        """Belong to `form`, which reads for it."""
        self._form = form
        self.name = name
        self.file_name = file_name

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield the part's bytes as they arrive.

        Raises:
            Invalid: The body ends within the part, or is not multipart.
        """
        while isinstance(event := await self._form.next_event(), _Bytes):
            yield event.data

    async def text(self) -> str:
        """Return a plain field.

        Raises:
            InvalidFields: It is longer than `FIELD_BYTES`, or not UTF-8.
        """
        value = bytearray()
        async for chunk in self.chunks():
            value += chunk
            if len(value) > FIELD_BYTES:
                raise InvalidFields(fields=(FieldProblem(field=self.name, message="This is too long."),))
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise InvalidFields(fields=(FieldProblem(field=self.name, message="Use UTF-8."),)) from error


class MultipartForm:
    """The parts of one request's body, first to last."""

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        """Read `body`, whose parts are divided as `content_type` says.

        Raises:
            UnsupportedMedia: It is no multipart form.
        """
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise UnsupportedMedia("Send a multipart/form-data body.")
        self._body = body
        self._events: deque[Part | _Bytes | _End] = deque()
        self._headers: dict[bytes, bytes] = {}
        self._header_name, self._header_value = bytearray(), bytearray()
        self._is_ended = False
        self._parser = self._make_parser(options[b"boundary"])

    async def next_part(self) -> Part | None:
        """Return the next part, skipping what was left of the last one; `None` at the end of the form."""
        while (event := await self._next()) is not None:
            if isinstance(event, Part):
                return event
        return None

    async def next_event(self) -> _Bytes | _End:
        """Return what comes next within a part."""
        event = await self._next()
        if event is None or isinstance(event, Part):
            raise Invalid("The body ended within a part.")
        return event

    async def _next(self) -> Part | _Bytes | _End | None:
        while not self._events:
            if self._is_ended:
                return None
            await self._feed()
        return self._events.popleft()

    async def _feed(self) -> None:
        chunk = await anext(self._body, b"")
        if not chunk:
            raise Invalid("The body is not a complete multipart form.")
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Invalid("The body is not a multipart form.") from error

    def _make_parser(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": lambda data, start, end: self._events.append(_Bytes(data[start:end])),
                    "on_part_end": lambda: self._events.append(_End()),
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise Invalid("The boundary of the multipart form is too long.") from error

    def _on_header_end(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        _, options = parse_options_header(disposition)
        file_name = options.get(b"filename")
        self._events.append(
            Part(
                self,
                name=options.get(b"name", b"").decode(errors="replace"),
                file_name=None if file_name is None else clean_file_name(file_name.decode(errors="replace")),
            )
        )

    def _on_end(self) -> None:
        self._is_ended = True
