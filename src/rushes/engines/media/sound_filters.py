"""Runs sound through FFmpeg's filters, frame by frame, so that no more than some frames are in memory."""

# PyAV's filter graph hands out frames of any kind.
# pyright: reportUnknownMemberType=false

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator
from fractions import Fraction
from typing import Final, cast

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import BlockingIOError as NotYet
from av.error import EOFError as Ended
from av.error import FFmpegError
from av.filter import Graph
from av.filter.context import FilterContext

from rushes.engines.media.sounds import sound_stream
from rushes.engines.media.videos import origin_of
from rushes.errors import MediaRejected

RATE: Final = 48_000
"""Samples a second of all sound that is worked on."""

OnFrame = Callable[[AudioFrame], object]
"""Sees a frame; it may raise to stop."""

Filter = tuple[str, str]
"""A filter's name and its options, as on FFmpeg's command line."""

PLANAR: Final[Filter] = ("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts=stereo")
FRAMES: Final[Filter] = ("asetnsamples", "n=4096:p=0")
"""Cuts sound into frames of a twelfth of a second: few enough to be quick, short enough to stop soon."""

_IN_STEP: Final[Filter] = ("aresample", f"{RATE}:async=1:first_pts=0")


class SoundGraph:
    """A graph of filters: sources that frames are pushed into, and one end that they are pulled from."""

    def __init__(self) -> None:
        """Begin an empty graph."""
        self._graph = Graph()

    def source(self) -> FilterContext:
        """Add a source of planar stereo sound at `RATE`."""
        return self._graph.add_abuffer(
            sample_rate=RATE, format="fltp", layout="stereo", time_base=Fraction(1, RATE)
        )

    def source_like(self, frame: AudioFrame) -> FilterContext:
        """Add a source of frames like this one."""
        base = frame.time_base or Fraction(1, frame.sample_rate)
        return self._graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=base,
        )

    def chain(self, start: FilterContext, *filters: Filter, output: int = 0) -> FilterContext:
        """Add filters after one another, from an output of `start`; return the last."""
        for name, options in filters:
            after = self._graph.add(name, options)
            start.link_to(after, output, 0)
            start, output = after, 0
        return start

    def join(self, name: str, options: str, *inputs: tuple[FilterContext, int]) -> FilterContext:
        """Add a filter of several inputs, each an output of another filter."""
        joined = self._graph.add(name, options)
        for index, (before, output) in enumerate(inputs):
            before.link_to(joined, output, index)
        return joined

    def end(self, last: FilterContext) -> None:
        """Finish the graph behind its last filter."""
        last.link_to(self._graph.add("abuffersink"))
        self._graph.configure()

    def pull(self) -> Iterator[AudioFrame]:
        """Yield the frames that are done."""
        while True:
            try:
                yield cast("AudioFrame", self._graph.pull())
            except (NotYet, Ended):
                return


def filtered(frames: Iterable[AudioFrame], *filters: Filter) -> Iterator[AudioFrame]:
    """Run frames, all of the first one's format, through filters after one another."""
    graph = SoundGraph()
    source: FilterContext | None = None
    for frame in frames:
        if source is None:
            source = graph.source_like(frame)
            graph.end(graph.chain(source, *filters))
        source.push(frame)
        yield from graph.pull()
    if source is not None:
        source.push(None)
        yield from graph.pull()


def watched(frames: Iterable[AudioFrame], on_frame: OnFrame) -> Iterator[AudioFrame]:
    """Show each frame to `on_frame` before it is handed on."""
    for frame in frames:
        on_frame(frame)
        yield frame


def decoded(file: InputContainer, *, in_step: bool) -> Iterator[AudioFrame]:
    """Decode the sound of an opened file to planar stereo at `RATE`.

    What is `in_step` stays together with the file's pictures: gaps are filled with silence. Else it begins
    with its first sample.

    Raises:
        MediaRejected: It has none, or it is broken.
    """
    stream = sound_stream(file)
    if stream is None:
        raise MediaRejected("The file holds no sound.")
    # FFmpeg itself would make mono quieter by 3 dB.
    doubled: tuple[Filter, ...] = (("pan", "stereo|c0=c0|c1=c0"),) if stream.channels == 1 else ()
    aligned: tuple[Filter, ...] = (
        (_IN_STEP,) if in_step else (("asetpts", "N/SR/TB"), ("aresample", str(RATE)))
    )
    with _refusing():
        yield from filtered(_since_origin(file, stream), *doubled, *aligned, PLANAR, FRAMES)


def _since_origin(file: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Yield decoded frames with times counted from where what the file shows begins."""
    origin = origin_of(file)
    for frame in file.decode(stream):
        if frame.pts is not None and frame.time_base:
            frame.pts -= round(origin / frame.time_base)
        yield frame


@contextlib.contextmanager
def _refusing() -> Generator[None]:
    try:
        yield
    except (FFmpegError, ValueError) as error:
        raise MediaRejected("The sound is cut off or broken; export it again.") from error
