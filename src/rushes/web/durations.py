"""Lengths of time as people read them."""


def in_words(seconds: float) -> str:
    """Return `45s`, `2m 30s` or `1h 5m`; parts of a second count as none."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes_left}m"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"
