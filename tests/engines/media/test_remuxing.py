from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from rushes.engines.base import Cancelled
from rushes.engines.media.conversion import convert_pictures
from rushes.engines.media.remuxing import (
    Passage,
    Source,
    StreamKind,
    Track,
    carry_over,
    copy_streams,
    write_tracks,
)
from rushes.errors import EngineError, MediaRejected
from tests.engines import foreign
from tests.engines.foreign import click_of, codecs_of, times_of, write_foreign
from tests.engines.motion.media import shifting, write_video
from tests.engines.post.media import AUDIO_RATE, CAPTIONS, packets, sound_of, write_clip


def ignore(_: float) -> None:
    pass


def source(path: Path) -> Source:
    return Source(path=path, media_type="video/mp4")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", shifting(96, 64, frames=50, step=1), tone=440, captions=CAPTIONS)


def streams(path: Path) -> list[tuple[str, str | None]]:
    with av.open(str(path)) as file:
        return [(stream.type, stream.language) for stream in file.streams]


@pytest.mark.parametrize("kind", list(StreamKind))
def test_each_stream_is_copied_bit_by_bit(tmp_path: Path, clip: Path, kind: StreamKind) -> None:
    copy_streams(source(clip), tmp_path / "copy.mp4", kinds=list(StreamKind), on_packet=ignore)

    assert len(packets(clip, kind)) > 0
    assert packets(tmp_path / "copy.mp4", kind) == packets(clip, kind)


def test_language_is_kept(tmp_path: Path, clip: Path) -> None:
    copy_streams(source(clip), tmp_path / "copy.mp4", kinds=list(StreamKind), on_packet=ignore)

    assert ("subtitle", "deu") in streams(tmp_path / "copy.mp4")


def test_only_the_kinds_asked_for_are_copied(tmp_path: Path, clip: Path) -> None:
    copy_streams(source(clip), tmp_path / "copy.mp4", kinds=[StreamKind.VIDEO], on_packet=ignore)

    assert [kind for kind, _ in streams(tmp_path / "copy.mp4")] == ["video"]


def test_pictures_of_one_file_get_the_sound_of_another(tmp_path: Path, clip: Path) -> None:
    pictures = write_video(tmp_path / "pictures.mp4", shifting(96, 64, frames=50, step=2))

    carry_over(pictures, source(clip), tmp_path / "out.mp4", on_packet=ignore)

    out = tmp_path / "out.mp4"
    assert packets(out, StreamKind.VIDEO) == packets(pictures, StreamKind.VIDEO)
    assert packets(out, StreamKind.AUDIO) == packets(clip, StreamKind.AUDIO)
    assert packets(out, StreamKind.SUBTITLE) == packets(clip, StreamKind.SUBTITLE)


def test_a_silent_parent_leaves_the_pictures_alone(tmp_path: Path) -> None:
    parent = write_video(tmp_path / "silent.mp4", shifting(96, 64, frames=5, step=1))

    carry_over(parent, source(parent), tmp_path / "out.mp4", on_packet=ignore)

    assert [kind for kind, _ in streams(tmp_path / "out.mp4")] == ["video"]


def test_packets_are_interleaved_and_the_index_comes_first(tmp_path: Path, clip: Path) -> None:
    times: list[float] = []

    copy_streams(source(clip), tmp_path / "copy.mp4", kinds=list(StreamKind), on_packet=times.append)

    content = (tmp_path / "copy.mp4").read_bytes()
    assert times == sorted(times)
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def looped(clip: Path, target: Path, *, start: str, seconds: str, times: int) -> Path:
    again = Passage(source=source(clip), start=Fraction(start), seconds=Fraction(seconds))
    first = Passage(source=source(clip), seconds=Fraction(2))
    write_tracks([Track(kind=StreamKind.AUDIO, passages=[first, *[again] * times])], target, on_packet=ignore)
    return target


def test_looped_sound_has_no_gap_and_does_not_drift(tmp_path: Path, clip: Path) -> None:
    path = looped(clip, tmp_path / "loop.mp4", start="0.7", seconds="1.11", times=9)

    times = [(pts, duration) for pts, duration, _ in packets(path, StreamKind.AUDIO)]
    ends = [pts + duration for pts, duration in times]
    assert ends[:-1] == [pts for pts, _ in times[1:]]
    assert float(ends[-1]) == pytest.approx(2 + 9 * 1.11, abs=0.022)


def test_looped_sound_fades_over_at_its_seams(tmp_path: Path, clip: Path) -> None:
    path = looped(clip, tmp_path / "loop.mp4", start="0.7", seconds="1.11", times=2)

    jumps = np.abs(np.diff(sound_of(path)))

    # A cut of this tone between two samples would jump by up to twice its height.
    natural = np.abs(np.diff(sound_of(clip)))[AUDIO_RATE // 2 : AUDIO_RATE].max()
    assert jumps[2 * AUDIO_RATE - 2048 : 2 * AUDIO_RATE + 4096].max() < 3 * natural


def test_passages_of_pictures_follow_each_other(tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.mp4", shifting(96, 64, frames=10, step=1))
    passages = [Passage(source=source(path)), Passage(source=source(path))]

    write_tracks([Track(kind=StreamKind.VIDEO, passages=passages)], tmp_path / "two.mp4", on_packet=ignore)

    found = packets(tmp_path / "two.mp4", StreamKind.VIDEO)
    assert [pts for pts, _, _ in found] == [Fraction(index, 25) for index in range(20)]
    assert [content for _, _, content in found[10:]] == [content for _, _, content in found[:10]]


def test_nothing_is_left_when_it_is_stopped(tmp_path: Path, clip: Path) -> None:
    def stop(time: float) -> None:
        if time > 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        copy_streams(source(clip), tmp_path / "copy.mp4", kinds=list(StreamKind), on_packet=stop)

    assert not (tmp_path / "copy.mp4").exists()


@pytest.mark.parametrize("content", [b"", b"text", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n"])
def test_source_is_refused_when_it_is_broken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)

    with pytest.raises(MediaRejected, match="The mp4 file is cut off or broken"):
        copy_streams(source(path), tmp_path / "out.mp4", kinds=[StreamKind.VIDEO], on_packet=ignore)

    assert not (tmp_path / "out.mp4").exists()


def test_error_is_the_engine_s_when_the_disk_is_full(tmp_path: Path, clip: Path) -> None:
    target = tmp_path / "out.mp4"
    target.symlink_to("/dev/full")

    with pytest.raises(EngineError, match="cannot be written: No space"):
        copy_streams(source(clip), target, kinds=list(StreamKind), on_packet=ignore)


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
def test_frames_out_of_order_are_copied(tmp_path: Path, suffix: str) -> None:
    path, target = write_foreign(tmp_path / f"b-frames{suffix}"), tmp_path / "copy.mp4"

    copy_streams(foreign.source(path), target, kinds=[StreamKind.VIDEO], on_packet=ignore)

    assert times_of(target) == pytest.approx([number / 25 for number in range(25)], abs=0.001)
    assert sorted(content for *_, content in packets(target, StreamKind.VIDEO)) == sorted(
        content for *_, content in packets(path, StreamKind.VIDEO)
    )


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [("a.webm", "libvpx", "yuv420p"), ("a.mov", "mjpeg", "yuvj420p"), ("a.mov", "prores", "yuv422p10le")],
)
def test_pictures_that_an_mp4_cannot_hold_are_coded_anew(
    tmp_path: Path, name: str, codec: str, pixels: str
) -> None:
    path, target = write_foreign(tmp_path / name, codec=codec, pixels=pixels), tmp_path / "copy.mp4"

    copy_streams(foreign.source(path), target, kinds=[StreamKind.VIDEO], on_packet=ignore)

    assert codecs_of(target) == ["h264"]
    assert len(times_of(target)) == 25


@pytest.mark.parametrize(
    ("name", "sound"), [("a.mkv", "vorbis"), ("a.mov", "pcm_s16le"), ("a.mov", "pcm_s24be")]
)
def test_sound_that_an_mp4_cannot_hold_is_coded_anew_in_step(tmp_path: Path, name: str, sound: str) -> None:
    path, target = write_foreign(tmp_path / name, sound=sound), tmp_path / "out.mp4"
    pictures = write_foreign(tmp_path / "pictures.mp4")

    carry_over(pictures, foreign.source(path), target, on_packet=ignore)

    assert codecs_of(target) == ["h264", "aac"]
    assert click_of(target) == pytest.approx(0.5, abs=0.03)


def test_sound_that_is_used_again_is_coded_anew_too(tmp_path: Path) -> None:
    path, target = write_foreign(tmp_path / "a.mov", sound="pcm_s16le"), tmp_path / "loop.mp4"
    passages = [Passage(source=foreign.source(path))] * 3

    write_tracks([Track(kind=StreamKind.AUDIO, passages=passages)], target, on_packet=ignore)

    begin, duration, _ = packets(target, StreamKind.AUDIO)[-1]
    assert float(begin + duration) == pytest.approx(3, abs=0.05)


def test_coding_anew_can_be_stopped_and_leaves_nothing(tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "a.webm", codec="libvpx", sound="vorbis")

    def stop(_: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        copy_streams(foreign.source(path), tmp_path / "o.mp4", kinds=list(StreamKind), on_packet=stop)

    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("sound", ["aac", "pcm_s16le"])
@pytest.mark.parametrize(("seen_at", "heard_at"), [(0, 0), (3, 3), (1, 0), (0, 1)])
def test_sound_stays_with_the_pictures_wherever_they_begin(
    tmp_path: Path, sound: str, seen_at: int, heard_at: int
) -> None:
    path = write_foreign(tmp_path / "a.mkv", sound=sound, seen_at=seen_at, heard_at=heard_at)
    copied, drawn, pictures = (tmp_path / name for name in ("copied.mp4", "drawn.mp4", "pictures.mp4"))

    copy_streams(foreign.source(path), copied, kinds=list(StreamKind), on_packet=ignore)
    convert_pictures(foreign.source(path), pictures, go_on=lambda: None)
    carry_over(pictures, foreign.source(path), drawn, on_packet=ignore)

    origin = min(seen_at, heard_at)
    assert times_of(copied)[0] == pytest.approx(seen_at - origin, abs=0.03)
    assert times_of(drawn)[-1] == pytest.approx(seen_at - origin + 24 / 25, abs=0.03)
    assert click_of(copied) == pytest.approx(heard_at - origin + 0.5, abs=0.04)
    assert click_of(drawn) == pytest.approx(heard_at - origin + 0.5, abs=0.04)
