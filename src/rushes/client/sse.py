"""Reading server-sent events (WHATWG HTML, 9.2.6), however their bytes are cut into pieces."""

import codecs
import re
from dataclasses import dataclass

from rushes.client.errors import InvalidAnswer

EVENT_CHARACTERS = 4 * 1024 * 1024
"""A longer line or event is no job's: it would fill the memory."""

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event; `last_event_id` is what a reconnect names, which events without an id leave as it was."""

    name: str
    data: str
    last_event_id: str | None


class EventParser:
    """Turns the bytes of one stream into events."""

    def __init__(self, last_event_id: str | None = None) -> None:
        """Begin a stream that goes on after the event `last_event_id`."""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = ""
        self._is_first = True
        self._ended_in_cr = False
        self._name = ""
        self._data: list[str] = []
        self._size = 0
        self._last_event_id = last_event_id
        self.reconnect_seconds: float | None = None
        """How long the server wants a reconnect to wait."""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events that are complete with these bytes.

        Raises:
            InvalidAnswer: A line or an event is longer than any of this API.
        """
        self._text += self._decoder.decode(chunk)
        if self._is_first and self._text:
            self._text = self._text.removeprefix("\ufeff")
            self._is_first = False
        if self._ended_in_cr and self._text:
            self._text = self._text.removeprefix("\n")  # the second half of a CRLF
            self._ended_in_cr = False
        events: list[ServerEvent] = []
        begin = 0
        for end in _LINE_END.finditer(self._text):
            if event := self._line(self._text[begin : end.start()]):
                events.append(event)
            begin = end.end()
        self._ended_in_cr = self._ended_in_cr or self._text.endswith("\r")
        self._text = self._text[begin:]
        if len(self._text) > EVENT_CHARACTERS:
            raise InvalidAnswer("The stream of events has a line that does not end.")
        return events

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        match name:
            case "event":
                self._name = value
            case "data":
                self._size += len(value) + 1
                if self._size > EVENT_CHARACTERS:
                    raise InvalidAnswer("The stream of events has an event that does not end.")
                self._data.append(value)
            case "id" if "\0" not in value:
                self._last_event_id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) < len(str(EVENT_CHARACTERS)):
                self.reconnect_seconds = int(value) / 1000
            case _:  # a comment, or a field of a later standard
                pass

    def _dispatch(self) -> ServerEvent | None:
        name, data = self._name or "message", self._data
        self._name, self._data, self._size = "", [], 0
        if not data:
            return None
        return ServerEvent(name=name, data="\n".join(data), last_event_id=self._last_event_id)
