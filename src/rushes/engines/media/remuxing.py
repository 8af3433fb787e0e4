"""Copies compressed streams into another file without decoding them."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import heapq
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from math import floor
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import av
from av.codec.context import CodecContext
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from rushes.domain.media import MediaLimits
from rushes.engines.media import sounds, videos
from rushes.engines.media.conversion import convert_pictures, convert_sound
from rushes.engines.media.decoding_times import AnyPacket, with_decoding_times
from rushes.engines.media.encoding import writing
from rushes.engines.media.sources import Source
from rushes.engines.media.videos import open_media, origin_of, picture_stream

MP4_CODECS: Final = frozenset(
    ("h264", "hevc", "av1", "vp9", "mpeg4", "aac", "mp3", "opus", "ac3", "eac3", "alac", "flac", "mov_text")
)
"""What an mp4 can hold, by FFmpeg's names of the codecs."""

_DEMUXERS: Final = {**sounds.DEMUXERS, **videos.DEMUXERS}
_DECODERS: Final = videos.DECODERS | sounds.DECODERS | {"mov_text"}
"""What may look at a stream's first packets to find out what it is."""

_KEPT_TAGS: Final = frozenset(("language", "title"))
_MICROSECOND: Final = Fraction(1, 1_000_000)
_NO_CAPTION: Final = b"\0\0"
"""What an mp4 holds between two captions; the muxer puts it there anew."""
_MOST_SLIP: Final = Fraction(1, 10)
"""In seconds, more than half a packet of any sound: a passage that ended earlier had no more of it."""


class StreamKind(StrEnum):
    """What a stream carries."""

    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a source: from `start` after its origin, for `seconds`; `None` is to its end."""

    source: Source
    start: Fraction = Fraction(0)
    seconds: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One stream of the new file: the streams of this kind in the passages, one after another.

    A video passage other than the first must begin with a key frame and be coded as the first one is; all
    passages are whole packets, so a sound is cut to the nearest one (21 ms of AAC at 48 kHz).
    """

    kind: StreamKind
    passages: Sequence[Passage]


def copy_streams(
    source: Source, target: Path, *, kinds: Sequence[StreamKind], on_packet: Callable[[float], None]
) -> None:
    """Write the streams of these kinds, those that the source has, into a new mp4, as `write_tracks` does.

    Raises:
        MediaRejected: The source is broken.
        EngineError: The file cannot be written.
    """
    tracks = [Track(kind=kind, passages=[Passage(source=source)]) for kind in kinds]
    write_tracks(tracks, target, on_packet=on_packet)


def carry_over(pictures: Path, parent: Source, target: Path, *, on_packet: Callable[[float], None]) -> None:
    """Write an mp4 of the pictures of one file and of the sound and subtitles of its parent, if it has any.

    Raises:
        MediaRejected: The parent is broken.
        EngineError: The file cannot be written.
    """
    video = Source(path=pictures, media_type="video/mp4")
    tracks = [Track(kind=StreamKind.VIDEO, passages=[Passage(source=video)])]
    kept = (StreamKind.AUDIO, StreamKind.SUBTITLE)
    tracks += [Track(kind=kind, passages=[Passage(source=parent)]) for kind in kept]
    write_tracks(tracks, target, on_packet=on_packet)


def write_tracks(tracks: Sequence[Track], target: Path, *, on_packet: Callable[[float], None]) -> None:
    """Write an mp4 of the tracks that their sources have, interleaved by time, its index first.

    What an mp4 can hold is copied bit by bit; other pictures and sounds are coded anew, as H.264 and AAC, and
    other subtitles left out. All streams of a source are counted from its one origin. `on_packet` hears the
    time of each packet, in seconds, 0 while something is coded anew, and may raise to stop. The file is
    removed when something is raised.

    Raises:
        MediaRejected: A source is broken.
        EngineError: The file cannot be written.
    """
    try:
        with TemporaryDirectory(prefix="fitting-", dir=target.parent) as folder:
            _write(_fitted(tracks, Path(folder), go_on=lambda: on_packet(0.0)), target, on_packet)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def find_stream(file: InputContainer, kind: StreamKind) -> Stream | None:
    """Return a file's first stream of a kind; subtitles only if an mp4 can hold them."""
    match kind:
        case StreamKind.VIDEO:
            return picture_stream(file)
        case StreamKind.AUDIO:
            return next(iter(file.streams.audio), None)
        case StreamKind.SUBTITLE:
            return next((one for one in file.streams.subtitles if _codec_name(one) in MP4_CODECS), None)


def _codec_name(stream: Stream) -> str:
    # A stream of a codec that is unknown here has no context, whatever PyAV's types say.
    context = cast("CodecContext | None", stream.codec_context)
    return context.codec.canonical_name if context else ""


def _fitted(tracks: Sequence[Track], folder: Path, *, go_on: Callable[[], None]) -> list[Track]:
    """Return the tracks that there are, all of what an mp4 can hold: the rest is coded anew into a folder."""
    kinds: dict[Source, list[StreamKind]] = {}
    for track in tracks:
        for passage in track.passages:
            kinds.setdefault(passage.source, []).append(track.kind)
    fitted: dict[tuple[Source, StreamKind], Source] = {}
    for source, wanted in kinds.items():
        for kind, fits in _held(source, wanted).items():
            target = folder / f"{len(fitted)}.mp4"
            fitted[source, kind] = source if fits else _converted(source, kind, target, go_on)
    return [
        replace(track, passages=[_from_fitted(passage, track.kind, fitted) for passage in track.passages])
        for track in tracks
        if (track.passages[0].source, track.kind) in fitted
    ]


def _held(source: Source, kinds: Iterable[StreamKind]) -> dict[StreamKind, bool]:
    """Return which of some kinds a source holds, and whether an mp4 can hold it too."""
    with _open(source) as file:
        found = {kind: find_stream(file, kind) for kind in kinds}
        return {kind: _codec_name(one) in MP4_CODECS for kind, one in found.items() if one is not None}


def _converted(source: Source, kind: StreamKind, target: Path, go_on: Callable[[], None]) -> Source:
    convert = convert_pictures if kind is StreamKind.VIDEO else convert_sound
    convert(source, target, go_on=go_on)
    return Source(path=target, media_type="video/mp4")


def _from_fitted(
    passage: Passage, kind: StreamKind, fitted: Mapping[tuple[Source, StreamKind], Source]
) -> Passage:
    return replace(passage, source=fitted.get((passage.source, kind), passage.source))


def _write(tracks: Sequence[Track], target: Path, on_packet: Callable[[float], None]) -> None:
    with (
        writing(),
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as output,
        ExitStack() as stack,
    ):
        reading = [stack.enter_context(closing(_Splice(track, output).packets())) for track in tracks]
        # The earliest packet is known once each track has its first: all streams are added before it is put.
        for time, packet in heapq.merge(*reading, key=itemgetter(0)):
            on_packet(max(0.0, float(time)))
            output.mux(packet)


def _add_stream(template: Stream, output: OutputContainer) -> Stream:
    added = output.add_stream_from_template(template)
    added.metadata.update({name: template.metadata[name] for name in _KEPT_TAGS & template.metadata.keys()})
    added.disposition = template.disposition
    return added


class _Splice:
    """Puts a track's passages one after another."""

    def __init__(self, track: Track, output: OutputContainer) -> None:
        """Make packets for a stream of the new file, which is added when the first is asked for."""
        self._track, self._output = track, output
        self._stream: Stream | None = None
        self._planned = Fraction(0)
        self._end: Fraction | None = None

    def packets(self) -> Generator[tuple[Fraction, AnyPacket]]:
        """Yield each packet with its decoding time in the new file, in seconds."""
        for passage in self._track.passages:
            with _open(passage.source) as file:
                found = find_stream(file, self._track.kind)
                if found is not None:
                    self._stream = self._stream or _add_stream(found, self._output)
                    yield from self._passage(file, found, self._stream, passage)
            ended = self._end or Fraction(0)
            self._planned = ended if passage.seconds is None else self._planned + passage.seconds

    def _passage(
        self, file: InputContainer, found: Stream, added: Stream, passage: Passage
    ) -> Generator[tuple[Fraction, AnyPacket]]:
        base = found.time_base or _MICROSECOND
        origin = origin_of(file)
        shift: Fraction | None = None
        for packet, dts in with_decoding_times(_from(file, found, passage.start + self._slip, origin)):
            pts = 0 if packet.pts is None else packet.pts
            duration = (packet.duration or 0) * base
            if shift is None:
                shift = (
                    self._begin(pts * base - origin - passage.start + self._planned, duration) - pts * base
                )
            at = pts * base + shift
            if passage.seconds is not None and at + duration / 2 >= self._planned + passage.seconds:
                break
            decoded = dts * base + shift
            packet.time_base = base
            packet.pts, packet.dts = round(at / base), round(decoded / base)
            packet.stream = added
            self._end = at + duration if self._end is None else max(self._end, at + duration)
            yield decoded, packet

    @property
    def _slip(self) -> Fraction:
        """How much later than planned the passages so far have ended, packets being whole."""
        slip = Fraction(0) if self._end is None else self._end - self._planned
        return slip if abs(slip) <= _MOST_SLIP else Fraction(0)

    def _begin(self, wished: Fraction, duration: Fraction) -> Fraction:
        """Return when a passage's first packet is due: without a gap unless the source has one."""
        if self._end is not None and abs(wished - self._end) <= duration:
            return self._end
        return wished


def _from(file: InputContainer, stream: Stream, start: Fraction, origin: Fraction) -> Iterator[AnyPacket]:
    """Yield a stream's packets from the one that is nearest to `start`, in seconds; from 0: all."""
    base, first = stream.time_base or _MICROSECOND, origin + start
    if start > 0:
        file.seek(max(0, floor(first / base)), stream=stream)
    for packet in file.demux(stream):
        is_early = start > 0 and ((packet.pts or 0) + (packet.duration or 0) / 2) * base <= first
        if packet.size and not is_early and not (stream.type == "subtitle" and bytes(packet) == _NO_CAPTION):
            yield packet


def _open(source: Source) -> AbstractContextManager[InputContainer]:
    return open_media(
        source.path,
        what=source.media_type.partition("/")[2].removeprefix("x-") + " file",
        demuxer=_DEMUXERS[source.media_type],
        decoders=_DECODERS,
        max_pixels=MediaLimits().pixels,
    )
