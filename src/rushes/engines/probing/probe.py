"""Measures media files that nobody vouches for."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from rushes.domain.media import INPUT_TYPES, MediaKind, MediaLimits, Probe, kind_of, require_within
from rushes.domain.recognition import recognise
from rushes.domain.sniffing import HEAD_BYTES, sniff
from rushes.engines.media import pictures
from rushes.engines.media.pictures import open_picture, require_plain
from rushes.engines.media.sounds import probe_sound
from rushes.engines.media.videos import displayed_size, is_turned, open_video, require_few_tracks
from rushes.engines.probing.boxes import check_boxes
from rushes.engines.probing.documents import check_archive, check_data, check_text
from rushes.engines.probing.polyglots import require_one_type
from rushes.errors import MediaRejected

MIB: Final = 1024**2

_MOST_FRAMES_PER_SECOND: Final = 1000
_BOXED: Final = frozenset(("video/mp4", "video/quicktime", "audio/mp4"))
_WHOLE_SHARE: Final = 0.95
_RATE_TOLERANCE: Final = 0.05


def probe(path: Path, *, media_type: str, limits: MediaLimits) -> Probe:
    """Measure a file of a sniffed type, decoding a picture whole and the begin of a video or sound.

    Sizes are pixels as displayed; frames and duration are counted, whatever a header says. Text and archives
    are read to their end; there is nothing to measure on them.

    Raises:
        MediaRejected: The file is broken, of another type, or outside the limits.
    """
    try:
        return _probe(path, media_type, limits)
    except MemoryError as error:
        # The limit on memory is the process's own, so that another try would end in the same way.
        raise MediaRejected("The file needs far more memory than a file of its type should.") from error


def type_of(path: Path) -> str:
    """Return the media type of a picture or video, as its content shows.

    Raises:
        MediaRejected: It is none of the accepted types.
    """
    with path.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if found is None:
        raise MediaRejected(
            "The content is none of the accepted types: PNG, JPEG, WebP, MP4, QuickTime, WebM, Matroska."
        )
    return found


def _probe(path: Path, media_type: str, limits: MediaLimits) -> Probe:
    kind = kind_of(media_type)
    _require_bytes(path, limits.bytes_of(kind))
    _require_type(path, media_type)
    if kind in {MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO}:
        require_one_type(path)
    if media_type in _BOXED:
        check_boxes(path)
    match kind:
        case MediaKind.IMAGE:
            return _probe_picture(path, media_type, limits)
        case MediaKind.VIDEO:
            return _probe_video(path, media_type, limits)
        case MediaKind.AUDIO:
            return probe_sound(path, media_type=media_type, limits=limits)
        case MediaKind.TEXT | MediaKind.ARCHIVE:
            _check_document(path, media_type, limits)
            return Probe(media_type=media_type, width=0, height=0)


def _require_bytes(path: Path, most: int) -> None:
    size = path.stat().st_size
    if size == 0:
        raise MediaRejected("The file is empty.")
    if size > most:
        raise MediaRejected(f"The file has {size / MIB:.1f} MiB; at most {most / MIB:.1f} MiB are allowed.")


def _require_type(path: Path, media_type: str) -> None:
    if kind_of(media_type) in {MediaKind.IMAGE, MediaKind.VIDEO}:
        found = type_of(path)
    else:
        role = next(role for role, types in INPUT_TYPES.items() if media_type in types)
        with path.open("rb") as file:
            found = recognise(file.read(HEAD_BYTES), role)
    if found != media_type:
        raise MediaRejected(
            f"The file is named as {media_type}, but its content is {found or 'something else'}."
        )


def _check_document(path: Path, media_type: str, limits: MediaLimits) -> None:
    match media_type:
        case "application/json":
            check_data(path)
        case "application/zip":
            check_archive(path, limits)
        case _:
            check_text(path)


def _probe_picture(path: Path, media_type: str, limits: MediaLimits) -> Probe:
    with open_picture(path, media_type=media_type, limits=limits) as picture:
        require_plain(picture)
        _verify(picture)
    # After `verify`, a file must be opened anew.
    with open_picture(path, media_type=media_type, limits=limits) as picture:
        picture.load()
        return pictures.probe_of(picture, media_type)


def _verify(picture: Image.Image) -> None:
    try:
        picture.verify()
    except IndexError as error:
        # What Pillow makes of a PNG without pixels.
        raise MediaRejected("The picture has no pixels; export it again.") from error


def _probe_video(path: Path, media_type: str, limits: MediaLimits) -> Probe:
    with open_video(path, media_type=media_type, max_pixels=limits.pixels) as (file, stream):
        size = displayed_size(stream)
        measured = Probe(media_type=media_type, width=size.width, height=size.height)
        require_within(measured, limits)
        require_few_tracks(file)
        tally = _Tally(stream, limits)
        first: VideoFrame | None = None
        for packet in file.demux(stream):
            tally.add(packet)
            if first is None:
                first = next(iter(packet.decode()), None)
        if first is None:
            raise MediaRejected("The video has no frame that can be decoded.")
        tally.require_whole()
        tally.require_times()
        if is_turned(first):
            measured = replace(measured, width=size.height, height=size.width)
        codec = stream.codec_context.codec.canonical_name
        measured = replace(
            measured, duration_seconds=tally.seconds, fps=tally.fps, frames=tally.frames, codec=codec
        )
    require_within(measured, limits)
    return measured


class _Tally:
    """Counts a stream's packets while they are demuxed."""

    def __init__(self, stream: VideoStream, limits: MediaLimits) -> None:
        self.frames = 0
        self._limits = limits
        self._claimed_frames = stream.frames
        self._claimed_rate = stream.average_rate
        self._base = stream.time_base or Fraction(1, _MOST_FRAMES_PER_SECOND)
        self._start: int | None = None
        self._last = 0
        self._end = 0

    def add(self, packet: "Packet[VideoStream]") -> None:
        """Count one packet, and stop as soon as there are too many."""
        if packet.size == 0 or packet.is_discard:
            return
        self.frames += 1
        at = packet.pts if packet.pts is not None else packet.dts
        if at is not None:
            self._start = at if self._start is None else min(self._start, at)
            self._last = max(self._last, at)
            self._end = max(self._end, at + max(0, packet.duration or 0))
        if self.frames > self._limits.frames:
            raise MediaRejected(f"The video has more than {self._limits.frames} frames; cut it.")
        if self.seconds > self._limits.duration_seconds:
            raise MediaRejected(
                f"The video lasts longer than the allowed {self._limits.duration_seconds:g} s; cut it."
            )

    def require_whole(self) -> None:
        """Refuse a video that has fewer frames than its index names."""
        if self.frames < self._claimed_frames * _WHOLE_SHARE:
            raise MediaRejected(
                f"The video is cut off: {self.frames} of its {self._claimed_frames} frames are there. "
                "Export or upload it again."
            )

    def require_times(self) -> None:
        """Refuse a video whose frames come all at once, or faster than any camera takes them."""
        if self.frames > 1 and not 0 < self.fps <= _MOST_FRAMES_PER_SECOND:
            raise MediaRejected(
                f"The video has {self.fps:g} frames per second; at most {_MOST_FRAMES_PER_SECOND} are "
                "allowed."
            )

    @property
    def seconds(self) -> float:
        """The time from the first frame's begin to the last one's end."""
        return float((self._end - (self._start or 0)) * self._base)

    @property
    def fps(self) -> float:
        """The header's rate where the count bears it out, else the counted one."""
        steps = float((self._last - (self._start or 0)) * self._base)
        counted = (self.frames - 1) / steps if steps > 0 else 0.0
        claimed = float(self._claimed_rate or 0)
        if counted == 0 or abs(claimed - counted) <= counted * _RATE_TOLERANCE:
            return claimed
        return counted
