"""Which bytes of a file a request asks for (RFC 9110, 13 and 14)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

MAX_RANGES = 16
"""More ranges in one request are answered with the whole file."""

_RANGES = re.compile(r"bytes=([\d\s,-]{1,1000})", re.ASCII)
_RANGE = re.compile(r"(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start


class Unsatisfiable(Exception):
    """No range begins before the end of the file."""


def wanted_ranges(header: str | None, *, size: int) -> Sequence[ByteRange]:
    """Return the parts of a file that a `Range` header names, none for all of it.

    What is no range, more ranges than `MAX_RANGES`, and ranges that overlap so that they are more than the
    file, are answered with the whole of it, as RFC 9110 allows.

    Raises:
        Unsatisfiable: None of the bytes exist.
    """
    match = _RANGES.fullmatch(header or "")
    if match is None:
        return ()
    texts = [text.strip() for text in match[1].split(",") if text.strip()]
    if not texts or len(texts) > MAX_RANGES:
        return ()
    ranges = [byte_range for text in texts if (byte_range := _byte_range(text, size=size)) is not None]
    if len(ranges) < len(texts):
        return ()
    there = [byte_range for byte_range in ranges if byte_range.length > 0]
    if not there:
        raise Unsatisfiable
    return there if sum(byte_range.length for byte_range in there) <= size else ()


def is_current(if_range: str | None, *, etag: str, modified_at: datetime) -> bool:
    """Tell whether a range may be sent: the client's part, if it has one, is of the same version."""
    return if_range is None or if_range in {etag, http_date(modified_at)}


def is_known(
    if_none_match: str | None, if_modified_since: str | None, *, etag: str, modified_at: datetime
) -> bool:
    """Tell whether the client has the file already."""
    if if_none_match is not None:
        known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
        return bool(known & {etag, "*"})
    if if_modified_since is None:
        return False
    try:
        return modified_at.replace(microsecond=0) <= parsedate_to_datetime(if_modified_since)
    except (ValueError, TypeError, OverflowError):
        return False


def http_date(moment: datetime) -> str:
    """Return a moment as HTTP writes it."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def _byte_range(text: str, *, size: int) -> ByteRange | None:
    """Return what one range names, which may be nothing of the file; `None` if it is no range."""
    match = _RANGE.fullmatch(text)
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return ByteRange(start=max(0, size - int(last)), end=size)
    if last and int(last) < int(first):
        return None
    return ByteRange(start=int(first), end=min(size, int(last) + 1) if last else size)
