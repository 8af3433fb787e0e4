from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rushes.domain.media import MediaLimits
from rushes.domain.options import VideoQuality
from rushes.engines.finish.marking import mark_file
from rushes.engines.finish.watermark import mark_for
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.sizes import Size, size_of
from rushes.errors import EngineError, MediaRejected
from tests.engines import foreign, hostile
from tests.engines.motion.media import flat, shifting, write_video

LIMITS = MediaLimits()
SHAPE = {"width": 320, "height": 240}
TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska", ".mov": "video/quicktime"}


def mark(path: Path, *, quality: VideoQuality = VideoQuality.HIGH, limits: MediaLimits = LIMITS) -> Path:
    target = path.with_name("marked")
    mark_file(path, target, media_type=TYPES[path.suffix], quality=quality, limits=limits)
    return target


def mark_picture(plain: Path, media_type: str) -> Path:
    target = plain.with_name("marked")
    mark_file(plain, target, media_type=media_type, quality=VideoQuality.HIGH, limits=LIMITS)
    return target


def pictures_in(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def packets_of(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as file:
        stream = next(stream for stream in file.streams if stream.type == kind)
        return [bytes(packet) for packet in file.demux(stream) if packet.size]


def psnr(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


def has_mark(picture: NDArray[np.uint8]) -> bool:
    """Tell whether the letters stand out from what is around them where the mark belongs."""
    drawn = mark_for(size_of(picture))
    height, width = drawn.layer.shape[:2]
    box = picture[drawn.y : drawn.y + height, drawn.x : drawn.x + width].mean(axis=2)
    letters = (drawn.layer[..., 0] > 230) & (drawn.layer[..., 3] > 200)
    around = (drawn.layer[..., 0] < 30) & (drawn.layer[..., 3] > 100)
    return box[letters].mean() - box[around].mean() > 60


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_every_frame_of_a_video_gets_the_mark(tmp_path: Path, grey: int) -> None:
    plain = write_video(tmp_path / "a.mp4", [flat(grey, **SHAPE)] * 10)

    pictures = pictures_in(mark(plain))

    assert [has_mark(picture) for picture in pictures] == [True] * 10


def test_video_without_it_shows_no_mark(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.mp4", shifting(320, 240, frames=3, step=2))

    assert [has_mark(picture) for picture in pictures_in(plain)] == [False] * 3


def test_marking_loses_no_more_than_the_first_encoding_did(tmp_path: Path) -> None:
    size = Size(**SHAPE)
    drawn, plain = shifting(320, 240, frames=12, step=2), tmp_path / "a.mp4"
    with Encoder(plain, size=size, rate=Fraction(24), quality=VideoQuality.HIGH) as encoder:
        for picture in drawn:
            encoder.write(np.ascontiguousarray(picture))

    encoded, marked = pictures_in(plain), pictures_in(mark(plain))

    above = slice(0, mark_for(size).y)
    lost = [psnr(a[above], b[above]) for a, b in zip(drawn, encoded, strict=True)]
    lost_again = [psnr(a[above], b[above]) for a, b in zip(encoded, marked, strict=True)]
    assert np.mean(lost_again) >= np.mean(lost)


def test_finer_encoding_keeps_more_of_a_marked_video(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.mp4", shifting(320, 240, frames=12, step=2))
    above, before = slice(0, mark_for(Size(**SHAPE)).y), pictures_in(plain)

    kept = [
        np.mean([psnr(a[above], b[above]) for a, b in zip(before, pictures_in(marked), strict=True)])
        for marked in (mark(plain, quality=quality) for quality in VideoQuality)
    ]

    assert kept[1] > kept[0] + 1


def test_video_keeps_its_length_rate_and_sound(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.mp4", shifting(320, 240, frames=25, step=2), rate=24, audio=True)

    marked = mark(plain)

    with av.open(str(marked)) as file:
        assert file.streams.video[0].average_rate == 24
        assert file.streams.video[0].frames == 25
    assert packets_of(marked, "audio") == packets_of(plain, "audio")


def test_webm_becomes_an_mp4_with_the_mark(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.webm", [flat(128, **SHAPE)] * 5, codec="libvpx")

    marked = mark(plain)

    with av.open(str(marked)) as file:
        assert "mp4" in file.format.name
    assert has_mark(pictures_in(marked)[-1])


def test_turned_video_gets_the_mark_where_it_is_seen(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.mp4", [flat(128, **SHAPE)] * 3, rotation=90)

    first = pictures_in(mark(plain))[0]

    assert first.shape == (320, 240, 3)
    assert has_mark(first)


def test_frames_of_an_uneven_rate_stay_where_they_were(tmp_path: Path) -> None:
    greys = [0, 80, 160, 240]
    pictures = [flat(grey, **SHAPE) for grey in greys]
    plain = write_video(tmp_path / "a.mkv", pictures, times=[0, 40, 400, 440], rate=25)

    marked = mark(plain)

    with av.open(str(marked)) as file:
        seen = [
            (float(frame.time or 0), int(frame.to_ndarray(format="rgb24")[0, 0, 0]))
            for frame in file.decode(video=0)
        ]
    at = [min(seen, key=lambda one: abs(one[0] - time))[1] for time in (0.0, 0.3, 0.42)]
    assert at == pytest.approx([0, 80, 160], abs=12)


def test_mark_is_drawn_the_same_each_time(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.mp4", shifting(320, 240, frames=8, step=2))

    first, second = mark(plain).read_bytes(), mark(plain).read_bytes()

    assert first == second


def test_video_of_too_many_frames_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.mp4", [flat(128, **SHAPE)] * 10)

    with pytest.raises(MediaRejected, match="more than 5 frames"):
        mark(plain, limits=MediaLimits(frames=5))

    assert list(tmp_path.iterdir()) == [plain]


def test_broken_video_is_refused(tmp_path: Path) -> None:
    whole = hostile.index_first(hostile.video(tmp_path / "a.mp4"))

    with pytest.raises((MediaRejected, EngineError)):
        mark(hostile.cut(whole, share=0.1))


@pytest.mark.parametrize(
    ("suffix", "media_type"), [("png", "image/png"), ("jpg", "image/jpeg"), ("webp", "image/webp")]
)
def test_picture_gets_the_mark_and_keeps_its_type(tmp_path: Path, suffix: str, media_type: str) -> None:
    plain = hostile.picture(tmp_path / f"a.{suffix}", size=(640, 480))

    target = mark_picture(plain, media_type)

    with Image.open(target) as picture:
        assert Image.MIME[picture.format or ""] == media_type
        assert has_mark(np.asarray(picture.convert("RGB")))


def test_turned_picture_gets_the_mark_where_it_is_seen(tmp_path: Path) -> None:
    plain = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (640, 480), "white").save(plain, exif=exif)

    target = mark_picture(plain, "image/jpeg")

    with Image.open(target) as picture:
        assert picture.size == (480, 640)
        assert has_mark(np.asarray(picture))


def test_colour_profile_of_a_picture_stays(tmp_path: Path) -> None:
    plain = tmp_path / "a.png"
    Image.new("RGB", (320, 240)).save(plain, icc_profile=b"a profile")

    target = mark_picture(plain, "image/png")

    with Image.open(target) as picture:
        assert picture.info["icc_profile"] == b"a profile"


def test_rate_of_a_video_is_kept_as_a_fraction(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    plain = write_video(tmp_path / "a.mp4", [flat(128, **SHAPE)] * 10, rate=rate)

    with av.open(str(mark(plain))) as file:
        assert file.streams.video[0].average_rate == rate


@pytest.mark.parametrize(("name", "sound"), [("a.mkv", "vorbis"), ("a.mov", "pcm_s16le")])
def test_sound_that_an_mp4_cannot_hold_is_still_heard(tmp_path: Path, name: str, sound: str) -> None:
    plain = foreign.write_foreign(tmp_path / name, sound=sound)

    marked = mark(plain)

    assert foreign.codecs_of(marked) == ["h264", "aac"]
    assert foreign.click_of(marked) == pytest.approx(0.5, abs=0.03)


def test_last_frame_stays_as_long_as_it_did(tmp_path: Path) -> None:
    short = write_video(tmp_path / "short.mp4", [flat(128, **SHAPE)] * 5)
    plain = tmp_path / "a.mp4"
    with av.open(str(short)) as file, av.open(str(plain), "w") as held:
        stream = held.add_stream_from_template(file.streams.video[0])
        packets = [packet for packet in file.demux(video=0) if packet.size]
        packets[-1].duration = 4 * packets[-1].time_base.denominator
        for packet in packets:
            packet.stream = stream
            held.mux(packet)

    with av.open(str(mark(plain))) as file:
        assert (file.duration or 0) / av.time_base == pytest.approx(4.16, abs=0.3)


def test_pixels_that_are_not_square_keep_their_shape(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "a.mp4", [flat(128, **SHAPE)] * 2, pixel_aspect=Fraction(4, 3))

    assert pictures_in(mark(plain))[0].shape[1] == pytest.approx(320 * 4 / 3, abs=2)


def test_grey_of_sixteen_bits_keeps_its_brightness(tmp_path: Path) -> None:
    plain = tmp_path / "a.png"
    Image.fromarray(np.full((240, 320), 20_000, np.uint16)).save(plain)

    target = mark_picture(plain, "image/png")

    with Image.open(target) as picture:
        assert picture.convert("RGB").getpixel((0, 0)) == (78, 78, 78)


def test_profile_for_inks_is_not_written_on_colours(tmp_path: Path) -> None:
    plain = tmp_path / "a.jpg"
    Image.new("CMYK", (320, 240), (10, 200, 30, 0)).save(plain, icc_profile=b"a profile for inks")

    target = mark_picture(plain, "image/jpeg")

    with Image.open(target) as picture:
        assert picture.mode == "RGB"
        assert "icc_profile" not in picture.info
