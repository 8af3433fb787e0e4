import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

from rushes.domain.options import VideoQuality
from rushes.engines.arrays import Picture
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.sizes import size_of
from rushes.errors import EngineError
from tests.engines.motion.media import read_video, shifting


def encode(path: Path, pictures: list[Picture], quality: VideoQuality = VideoQuality.HIGH) -> Path:
    size = size_of(pictures[0])
    with Encoder(path, size=size, rate=Fraction(30000, 1001), quality=quality) as encoder:
        for picture in pictures:
            encoder.write(picture.copy())
    return path


def test_file_is_as_asked_when_it_is_finished(tmp_path: Path) -> None:
    path = encode(tmp_path / "out.mp4", shifting(96, 64, frames=15, step=2))

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = (stream.codec_context.name, stream.pix_fmt, stream.width, stream.height, stream.average_rate)
        starts = [frame.pts * frame.time_base for frame in container.decode(stream)]
    assert found == ("h264", "yuv420p", 96, 64, Fraction(30000, 1001))
    assert starts == [Fraction(1001 * index, 30000) for index in range(15)]


def test_index_comes_before_the_pictures(tmp_path: Path) -> None:
    content = encode(tmp_path / "out.mp4", shifting(96, 64, frames=5, step=2)).read_bytes()

    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("colour", [(200, 30, 40), (20, 180, 60), (30, 60, 220), (128, 128, 128)])
def test_colours_are_kept(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    picture = np.full((64, 96, 3), colour, np.uint8)

    path = encode(tmp_path / "out.mp4", [picture], VideoQuality.ULTRA)

    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        decoded = frame.to_ndarray(format="rgb24", src_colorspace=Colorspace.ITU709)
    assert frame.colorspace == frame.color_primaries == frame.color_trc == 1
    np.testing.assert_allclose(decoded[32, 48], colour, atol=4)


def test_ultra_keeps_more_than_high(tmp_path: Path) -> None:
    pictures = shifting(192, 128, frames=10, step=3)

    high = read_video(encode(tmp_path / "high.mp4", pictures))
    ultra = read_video(encode(tmp_path / "ultra.mp4", pictures, VideoQuality.ULTRA))

    assert loss(ultra, pictures) < loss(high, pictures)


def loss(decoded: list[Picture], pictures: list[Picture]) -> float:
    return float(np.square(np.stack(decoded).astype(float) - np.stack(pictures)).mean())


def test_file_is_removed_when_something_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"

    with pytest.raises(ValueError, match="shape"):
        encode(path, [np.zeros((64, 96, 3), np.uint8), np.zeros((64, 96, 7), np.uint8)])

    assert not path.exists()


def test_error_is_the_engine_s_when_the_file_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be written: No such file"):
        encode(tmp_path / "missing" / "out.mp4", shifting(96, 64, frames=1, step=1))


def test_error_is_the_engine_s_when_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    # A link, for the encoder removes what it could not finish.
    path.symlink_to("/dev/full")

    with pytest.raises(EngineError, match="cannot be written: No space"):
        encode(path, shifting(96, 64, frames=3, step=1))

    assert not path.is_symlink()


def test_a_frame_is_kept_as_it_is_when_it_was_read_from_another_file(tmp_path: Path) -> None:
    first = encode(tmp_path / "first.mp4", shifting(96, 64, frames=8, step=2), VideoQuality.ULTRA)

    second = tmp_path / "second.mp4"
    size = size_of(shifting(96, 64, frames=1, step=0)[0])
    with (
        av.open(str(first)) as container,
        Encoder(second, size=size, rate=Fraction(25), quality=VideoQuality.ULTRA) as encoder,
    ):
        for frame in container.decode(video=0):
            encoder.write(frame)

    assert loss(read_video(second), read_video(first)) < 5


@pytest.mark.parametrize("colourspace", [Colorspace.ITU709, Colorspace.ITU601])
def test_colours_are_kept_when_a_frame_is_of_either_standard(tmp_path: Path, colourspace: int) -> None:
    picture = np.full((64, 96, 3), (200, 30, 40), np.uint8)
    frame = av.VideoFrame.from_ndarray(picture).reformat(format="yuv444p", dst_colorspace=colourspace)

    path = tmp_path / "out.mp4"
    with Encoder(path, size=size_of(picture), rate=Fraction(25), quality=VideoQuality.ULTRA) as encoder:
        encoder.write(frame)

    with av.open(str(path)) as container:
        decoded = next(container.decode(video=0)).to_ndarray(format="rgb24", src_colorspace=Colorspace.ITU709)
    np.testing.assert_allclose(decoded[32, 48], (200, 30, 40), atol=4)


def test_file_does_not_depend_on_what_the_memory_held(tmp_path: Path) -> None:
    # What glibc fills fresh memory with; 854 pixels are no whole rows of x264's widest instructions.
    files = {encode_in_a_child(tmp_path / f"{fill}.mp4", fill=fill).read_bytes() for fill in (1, 77, 200)}

    assert len(files) == 1


def encode_in_a_child(path: Path, *, fill: int) -> Path:
    script = (
        "from pathlib import Path; from tests.engines.media.test_encoding import encode, shifting; "
        f"encode(Path({str(path)!r}), shifting(854, 480, frames=25, step=2))"
    )
    environment = {**os.environ, "MALLOC_PERTURB_": str(fill)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    return path
