"""Which bytes of a file a request asks for (RFC 9110, 13 and 14)."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The bytes from `start` up to, not including, `end`."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """The range begins after the end of the file."""


def wanted_span(header: str | None, *, size: int) -> Span | None:
    """Return the bytes that a `Range` header names, `None` for all of them.

    Several ranges at once, and what is no range, are answered with the whole file, as RFC 9110 allows.

    Raises:
        Unsatisfiable: None of the bytes exist.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return Span(start=start, end=end)


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
