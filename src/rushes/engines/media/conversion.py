"""Codes anew what an mp4 cannot hold as it is, so that it can be copied into one."""

# PyAV types its packets only in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable
from pathlib import Path
from typing import Final

import av

from rushes.domain.options import VideoQuality
from rushes.engines.media.ahead import ahead
from rushes.engines.media.encoding import Encoder, writing
from rushes.engines.media.footage import open_footage
from rushes.engines.media.sound_filters import RATE, decoded
from rushes.engines.media.sounds import open_sound, sound_stream
from rushes.engines.media.sources import Source
from rushes.errors import MediaRejected

BIT_RATE: Final = 192_000
"""Of the sound, in bits a second."""


def convert_pictures(source: Source, target: Path, *, go_on: Callable[[], None]) -> None:
    """Write a video's pictures as H.264 in an mp4, counted from the file's origin.

    `go_on` is called before each frame, and may raise to stop.

    Raises:
        MediaRejected: The source is broken or too large.
        EngineError: The file cannot be written.
    """
    with (
        open_footage(source) as footage,
        Encoder(target, size=footage.size, rate=footage.rate, quality=VideoQuality.HIGH) as encoder,
        ahead(footage.frames) as frames,
    ):
        for frame in frames:
            go_on()
            encoder.write(frame)


def convert_sound(source: Source, target: Path, *, go_on: Callable[[], None]) -> None:
    """Write a file's first sound as stereo AAC at 48 kHz in an mp4, counted from the file's origin.

    `go_on` is called before each frame, and may raise to stop. The track keeps its language.

    Raises:
        MediaRejected: The source is broken, or has no sound that can be decoded here.
        EngineError: The file cannot be written.
    """
    with open_sound(source.path, media_type=source.media_type) as file:
        own = sound_stream(file)
        if own is None:
            raise MediaRejected("The file holds no sound.")
        with writing(), av.open(str(target), "w", format="mp4") as output:
            stream = output.add_stream("aac", rate=RATE, layout="stereo")
            stream.bit_rate = BIT_RATE
            stream.metadata.update({"language": own.language} if own.language else {})
            for frame in decoded(file, in_step=True):
                go_on()
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
