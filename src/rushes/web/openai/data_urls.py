"""Files that are written into an address (RFC 2397), decoded as they arrive."""

import binascii
from collections.abc import AsyncGenerator, AsyncIterator

from rushes.errors import Invalid

SCHEME = b"data:"

_HEAD_BYTES = 256


async def decode(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the bytes of a file that is written in base64.

    Raises:
        Invalid: It is no such address.
    """
    rest = await _skip_head(chunks)
    while True:
        whole = len(rest) - len(rest) % 4
        # The last group may be padded, and only that: so one is kept back until more has come.
        ready, rest = rest[: max(0, whole - 4)], rest[max(0, whole - 4) :]
        if b"=" in ready:
            raise Invalid("This is not in base64.")
        if ready:
            yield _decode(ready)
        chunk = await anext(chunks, b"")
        if not chunk:
            break
        rest += chunk
    if rest:
        yield _decode(rest)


async def _skip_head(chunks: AsyncIterator[bytes]) -> bytes:
    head = b""
    while b"," not in head and len(head) < _HEAD_BYTES:
        chunk = await anext(chunks, b"")
        if not chunk:
            break
        head += chunk
    kind, comma, rest = head.partition(b",")
    if not comma or not kind.startswith(SCHEME) or not kind.endswith(b";base64"):
        raise Invalid("Use a data URL such as data:image/png;base64,….")
    return rest


def _decode(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise Invalid("This is not in base64.") from error
