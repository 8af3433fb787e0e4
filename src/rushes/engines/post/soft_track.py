"""Writes subtitles as a track of an mp4 that can be switched off (3GPP TS 26.245, timed text)."""

# PyAV types its packets only in part.
# pyright: reportUnknownMemberType=false

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.packet import Packet

from rushes.engines.media.encoding import writing
from rushes.engines.post.cues import Cue

_MILLISECOND: Final = Fraction(1, 1000)
_MAX_BYTES: Final = 0xFFFF

# FFmpeg makes the track's sample description, its look, from this.
_HEADER: Final = """[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
MarginR, MarginV, Encoding
Style: Default,Sans,18,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def write_soft_track(cues: Sequence[Cue], path: Path, *, language: str) -> None:
    """Write an mp4 that holds nothing but a track of subtitles.

    `cues` are in order and do not overlap, `language` is a code of ISO 639-2/T.

    Raises:
        EngineError: The file cannot be written.
    """
    with writing(), av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("mov_text")
        stream.codec_context.subtitle_header = _HEADER.encode()
        stream.codec_context.time_base = stream.time_base = _MILLISECOND
        stream.metadata["language"] = language
        for cue in cues:
            packet = Packet(_sample(cue.text))
            packet.stream = stream
            packet.time_base = _MILLISECOND
            packet.pts = packet.dts = cue.start_ms
            packet.duration = cue.end_ms - cue.start_ms
            # FFmpeg itself adds the empty samples between two cues, as a track has no gaps.
            file.mux(packet)


def _sample(text: str) -> bytes:
    raw = text.encode()[:_MAX_BYTES].decode(errors="ignore").encode()
    return struct.pack(">H", len(raw)) + raw
