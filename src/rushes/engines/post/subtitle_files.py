"""Reads subtitle files, SubRip and WebVTT, that nobody vouches for.

They are read here and not by pysubs2: its patterns take a time that grows with the square of a hostile text's
length, and it joins the identifier of a WebVTT cue to the text of the cue before.
"""

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rushes.domain.encodings import CONTROLS, decode_words
from rushes.domain.media import MediaLimits
from rushes.engines.post.cues import Cue, in_turn
from rushes.engines.probing.documents import MAX_CUES
from rushes.engines.typesetting.clusters import is_blank
from rushes.errors import EngineRefused

MAX_CHARS: Final = 500
"""The most characters of one subtitle, tags included."""

_STAMP: Final = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES: Final = re.compile(rf"\s*{_STAMP}[ \t]*-->[ \t]*{_STAMP}(?:\s|$)")
_LOOKS_LIKE_TIMES: Final = re.compile(r"\s*-?[\d:.,]+\s*-->")
_TAG: Final = re.compile(r"</?[A-Za-z0-9][^<>]*>|\{\\[^{}]*\}")


@dataclass(slots=True, kw_only=True)
class _Block:
    """A subtitle as it stands in the file, at a line counted from 1."""

    line: int
    start_ms: int
    end_ms: int
    text: list[str] = field(default_factory=list[str])
    chars: int = 0


def read_text(path: Path) -> str:
    """Read a text in UTF-8, in UTF-16 if it says so by a byte order mark, else in Windows-1252.

    Raises:
        EngineRefused: It is too long, or none.
    """
    most = MediaLimits().text_bytes
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise EngineRefused(f"The text has more than {most // 1024} KiB; shorten it.")
    text = decode_words(raw)
    if text is None:
        raise EngineRefused("The file is cut off, or no text; save it as text in UTF-8.")
    if not text.strip():
        raise EngineRefused("The file has no text; upload another one.")
    return text


def read_cues(path: Path) -> tuple[Cue, ...]:
    """Read the subtitles of a SubRip or WebVTT file (W3C, WebVTT: The Web Video Text Tracks Format).

    Tags, styles, comments, regions, positions and what shows nothing are left out. The cues are in order,
    none overlaps another.

    Raises:
        EngineRefused: The file is none, or a time in it makes no sense: the sentence names the line.
    """
    blocks = _blocks(read_text(path))
    cues = [
        Cue(start_ms=block.start_ms, end_ms=block.end_ms, text=text)
        for block in blocks
        if block.end_ms > block.start_ms and not is_blank(text := _plain(block.text))
    ]
    if not cues:
        raise EngineRefused("The file has no subtitles; each needs a line of times and a text below it.")
    return in_turn(cues)


def _blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    is_open = False
    for number, line in enumerate(text.splitlines(), start=1):
        times = _TIMES.match(line)
        if times:
            _drop_number(blocks, is_open=is_open)
            blocks.append(_begin(number, times))
            is_open = True
        elif _LOOKS_LIKE_TIMES.match(line):
            raise EngineRefused(
                f"Line {number} has times that cannot be read; write them as 00:00:01,000 --> 00:00:02,500."
            )
        elif not line.strip():
            is_open = False
        elif is_open:
            _add(blocks[-1], line)
        if len(blocks) > MAX_CUES:
            raise EngineRefused(f"The file has more than {MAX_CUES} subtitles; split it.")
    return blocks


def _begin(number: int, times: re.Match[str]) -> _Block:
    parts = times.groups()
    start, end = _milliseconds(parts[:4]), _milliseconds(parts[4:])
    if end < start:
        raise EngineRefused(f"The subtitle at line {number} ends before it begins; correct its times.")
    return _Block(line=number, start_ms=start, end_ms=end)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def _add(block: _Block, line: str) -> None:
    block.chars += len(line)
    if block.chars > MAX_CHARS:
        raise EngineRefused(
            f"The subtitle at line {block.line} has more than {MAX_CHARS} characters; split it."
        )
    block.text.append(line)


def _drop_number(blocks: list[_Block], *, is_open: bool) -> None:
    """Take the next subtitle's number off the text before it, where no empty line parts them."""
    if is_open and len(blocks[-1].text) > 1 and blocks[-1].text[-1].strip().isdecimal():
        blocks[-1].text.pop()


def _plain(lines: list[str]) -> str:
    # Tags first: what an entity stands for is no tag.
    texts = (html.unescape(_TAG.sub("", line)) for line in lines)
    return "\n".join(filter(None, (" ".join(CONTROLS.sub("", text).split()) for text in texts)))
