"""Makes broken files out of sound ones, a few changes at a time, the same for the same dice."""

import random
from collections.abc import Callable, Sequence

HEAD_BYTES = 2048
NUMBERS = [
    value.to_bytes(width, order)
    for width in (1, 2, 4, 8)
    for value in (0, 1, 2 ** (8 * width - 1) - 1, 2 ** (8 * width - 1), 2 ** (8 * width) - 1)
    for order in ("big", "little")
]
"""Lengths and counts that readers stumble over."""


def mutate(content: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    """Change a file in one to four places; `others` are files that pieces may come from."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        dice.choice(CHANGES)(changed, dice)
    if dice.random() < 0.1:
        _splice(changed, dice.choice(others), dice)
    return bytes(changed)


def _flip_bits(content: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 2, 8, 64))):
        if content:
            content[_place(content, dice)] ^= 1 << dice.randrange(8)


def _set_number(content: bytearray, dice: random.Random) -> None:
    value, at = dice.choice(NUMBERS), _place(content, dice)
    content[at : at + len(value)] = value


def _add_to_number(content: bytearray, dice: random.Random) -> None:
    at = _place(content, dice)
    value = int.from_bytes(content[at : at + 4], "big") + dice.choice((-16, -8, -1, 1, 4, 8, 256, 65536))
    content[at : at + 4] = (value % 2**32).to_bytes(4, "big")


def _cut_off(content: bytearray, dice: random.Random) -> None:
    del content[_place(content, dice) :]


def _remove(content: bytearray, dice: random.Random) -> None:
    at = _place(content, dice)
    del content[at : at + _length(dice)]


def _repeat(content: bytearray, dice: random.Random) -> None:
    at = _place(content, dice)
    piece = content[at : at + _length(dice)]
    content[at:at] = piece * dice.choice((1, 1, 2, 20))


def _swap(content: bytearray, dice: random.Random) -> None:
    length, one, other = _length(dice), _place(content, dice), _place(content, dice)
    first, second = content[one : one + length], content[other : other + length]
    if len(first) == len(second):
        content[one : one + length], content[other : other + length] = second, first


def _scramble(content: bytearray, dice: random.Random) -> None:
    at, length = _place(content, dice), min(64, _length(dice))
    content[at : at + length] = dice.randbytes(length)


def _splice(content: bytearray, other: bytes, dice: random.Random) -> None:
    at, start, length = _place(content, dice), _place(other, dice), _length(dice) * 4
    content[at : at + length] = other[start : start + length]


CHANGES: Sequence[Callable[[bytearray, random.Random], None]] = (
    _flip_bits,
    _flip_bits,
    _set_number,
    _set_number,
    _set_number,
    _add_to_number,
    _add_to_number,
    _remove,
    _repeat,
    _swap,
    _scramble,
    _cut_off,
)
"""The commoner ones more than once."""


def _place(content: bytes | bytearray, dice: random.Random) -> int:
    """Somewhere in the file, more often near its ends: that is where headers and indexes are."""
    size = max(1, len(content))
    match dice.randrange(5):
        case 0 | 1:
            return dice.randrange(min(size, HEAD_BYTES))
        case 2 | 3:
            return size - 1 - dice.randrange(min(size, HEAD_BYTES))
        case _:
            return dice.randrange(size)


def _length(dice: random.Random) -> int:
    return dice.choice((1, 2, 4, 8, 16, 64, 256, 4096))
