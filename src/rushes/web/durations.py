"""Lengths of time as people read them."""

from datetime import datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))
_DAYS_COUNTED = 7


def in_words(seconds: float) -> str:
    """Return `45s`, `2m 30s` or `1h 5m`; parts of a second count as none."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes_left}m"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def since_in_words(moment: datetime, *, now: datetime) -> str:
    """Return `just now`, `5m ago`, `3h ago` or `2d ago`; after a week the day, such as `3 Nov 2026`."""
    seconds = (now - moment).total_seconds()
    if seconds >= _DAYS_COUNTED * _UNITS[0][0]:
        return f"{moment.day} {moment:%b %Y}"
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)}{unit} ago"
    return "just now"
