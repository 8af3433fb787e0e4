"""Takes MP4 files apart and puts them together again, with boxes changed (ISO/IEC 14496-12)."""

import struct
from collections.abc import Callable, Iterator

Change = Callable[[bytes], bytes]

LEADS = {b"stsd": 8, b"dref": 8, b"meta": 4}
"""How many bytes come before the boxes in these boxes; in the others boxes come at once."""


def box(kind: bytes, *bodies: bytes, size: int | None = None) -> bytes:
    """A box, whose header may lie about its size."""
    body = b"".join(bodies)
    return struct.pack(">I4s", len(body) + 8 if size is None else size, kind) + body


def full(kind: bytes, *bodies: bytes, flags: int = 0) -> bytes:
    """A box that begins with a version, here 0, and flags."""
    return box(kind, struct.pack(">I", flags), *bodies)


def numbers(*values: int) -> bytes:
    """Unsigned numbers of 32 bits."""
    return struct.pack(f">{len(values)}I", *(value % 2**32 for value in values))


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kinds and bodies of the boxes that stand one after the other."""
    at = 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + size]
        at += size


def changed(content: bytes, path: str, change: Change) -> bytes:
    """The file with the body of the first box of a path changed, and all sizes around it mended.

    What comes before must keep its size: offsets of samples are left alone.
    """
    name, _, rest = path.partition("/")
    parts, done = [], False
    for kind, body in boxes(content):
        new = body
        if kind == name.encode() and not done:
            done = True
            lead = LEADS.get(kind, 0)
            new = body[:lead] + changed(body[lead:], rest, change) if rest else change(body)
        parts.append(box(kind, new))
    if not done:
        raise ValueError(f"there is no box {name}")
    return b"".join(parts)


def repeated(content: bytes, path: str, times: int) -> bytes:
    """The file with the first box of a path there as often as told."""
    parent, _, name = path.rpartition("/")

    def repeat(body: bytes) -> bytes:
        return b"".join(
            box(kind, each) * (times if kind == name.encode() else 1) for kind, each in boxes(body)
        )

    return changed(content, parent, repeat)


def replaced(at: int, value: bytes) -> Change:
    """A change that writes over some bytes."""
    return lambda body: body[:at] + value + body[at + len(value) :]
