"""Finds out when packets are to be decoded, where a file does not say it."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from av.packet import Packet
from av.stream import Stream

AnyPacket: TypeAlias = "Packet[Stream]"

_MOST_HELD: Final = 32
"""Twice as many packets as H.264 and HEVC can put out of their order."""


def with_decoding_times(packets: Iterable[AnyPacket]) -> Iterator[tuple[AnyPacket, int]]:
    """Yield each packet with when it is decoded, in its stream's ticks.

    Matroska does not say it of the packets before the first B-frame: they are counted back from the next.
    """
    held: deque[AnyPacket] = deque()
    for packet in packets:
        if packet.dts is None and len(held) < _MOST_HELD:
            held.append(packet)
            continue
        yield from _counted_back(held, packet.dts)
        held.clear()
        yield packet, _decoded_at(packet)
    yield from _counted_back(held, None)


def _counted_back(held: Sequence[AnyPacket], end: int | None) -> list[tuple[AnyPacket, int]]:
    """Return packets with decoding times before `end`, or with those of their showing if that is unknown."""
    if end is None:
        return [(packet, _decoded_at(packet)) for packet in held]
    times: deque[int] = deque()
    for packet in reversed(held):
        end -= max(1, packet.duration or 0)
        times.appendleft(end)
    return list(zip(held, times, strict=True))


def _decoded_at(packet: AnyPacket) -> int:
    return (packet.pts or 0) if packet.dts is None else packet.dts
