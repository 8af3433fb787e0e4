"""Texts that are looked for within other texts."""

import re

_WILDCARDS = re.compile(r"([\\%_])")


def containing(text: str | None) -> str | None:
    """Return the pattern of texts that contain one, for `ILIKE`; its own wildcards stand for themselves."""
    return None if text is None else "%" + _WILDCARDS.sub(r"\\\1", text) + "%"
