from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rushes.domain.media import MediaLimits, Probe
from rushes.engines.finish import spritesheets
from rushes.engines.probing.probe import probe, type_of
from rushes.errors import MediaRejected
from tests.engines import hostile
from tests.engines.fakes import write_video

LIMITS = MediaLimits(duration_seconds=600.0, frames=60 * 600)
NO_MORE_KEY_FRAMES = {"g": "100000", "keyint_min": "100000", "sc_threshold": "0"}


def greys(count: int, *, size: tuple[int, int] = (64, 36)) -> list[np.ndarray]:
    """Frames from dark to light."""
    return [np.full((size[1], size[0], 3), light, np.uint8) for light in np.linspace(30, 220, count)]


def make_sheet(path: Path) -> tuple[Probe, Path]:
    """The sheet of a film: its measures and its file."""
    target = path.with_name("spritesheet.webp")
    measured = probe(path, media_type=type_of(path), limits=LIMITS)
    return spritesheets.write_spritesheet(path, target, measured, LIMITS), target


def lights(sheet: Path, *, columns: int, rows: int) -> np.ndarray:
    """The mean light of each tile, in reading order."""
    with Image.open(sheet) as picture:
        light = np.asarray(picture.convert("L"), dtype=float)
    height, width = light.shape
    tiles = light.reshape(rows, height // rows, columns, width // columns)
    return tiles.mean(axis=(1, 3)).ravel()


@pytest.mark.parametrize(
    ("name", "fps", "count"),
    [("a.mp4", 24, 72), ("a.mkv", 24, 20), ("a.mp4", 8, 20), ("a.mkv", 30, 2000)],
)
def test_tiles_are_frames_at_even_steps(tmp_path: Path, name: str, fps: int, count: int) -> None:
    path = tmp_path / name
    write_video(path, greys(count), fps=fps)

    made, sheet = make_sheet(path)

    expected = np.linspace(30, 220, count)[[tile * count // 20 for tile in range(20)]]
    assert lights(sheet, columns=5, rows=4) == pytest.approx(expected, abs=4)
    assert (made.width, made.height, made.frames) == (5 * 64, 4 * 36, 20)


@pytest.mark.parametrize(
    ("size", "tile"), [((854, 480), (160, 90)), ((480, 854), (90, 160)), ((640, 16), (160, 4))]
)
def test_tiles_have_160_pixels_on_the_long_side(
    tmp_path: Path, size: tuple[int, int], tile: tuple[int, int]
) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, greys(20, size=size))

    made, sheet = make_sheet(path)

    with Image.open(sheet) as written:
        assert (written.format, written.size) == ("WEBP", (5 * tile[0], 4 * tile[1]))
    assert (made.media_type, made.width, made.height) == ("image/webp", 5 * tile[0], 4 * tile[1])


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (3, 3, 1), (7, 5, 1), (12, 5, 2)])
def test_short_film_has_fewer_tiles(tmp_path: Path, count: int, columns: int, rows: int) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, greys(count))

    made, sheet = make_sheet(path)

    assert (made.width, made.height, made.frames) == (columns * 64, rows * 36, columns * rows)
    assert np.all(np.diff(lights(sheet, columns=columns, rows=rows)) > 5)


def test_turned_film_is_upright(tmp_path: Path) -> None:
    made, _ = make_sheet(hostile.turned_video(tmp_path / "a.mp4"))

    assert (made.width, made.height) == (5 * 48, 4 * 64)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_long_film_is_sought_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_video(path, greys(5200, size=(32, 32)), fps=30)

    _, sheet = make_sheet(path)

    assert lights(sheet, columns=5, rows=4) == pytest.approx(np.linspace(30, 220, 21)[:20], abs=4)


def test_long_film_without_key_frames_costs_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, greys(5200, size=(32, 32)), fps=30, **NO_MORE_KEY_FRAMES)

    _, sheet = make_sheet(path)

    assert lights(sheet, columns=5, rows=4)[1:] == pytest.approx(np.full(19, 30 + 190 * 249 / 5200), abs=4)


def test_sheet_is_the_same_every_time(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, greys(30))

    _, sheet = make_sheet(path)
    first = sheet.read_bytes()
    make_sheet(path)

    assert sheet.read_bytes() == first


def test_sheet_of_noise_keeps_to_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    dice = np.random.default_rng(1)
    write_video(path, [dice.integers(0, 255, (160, 160, 3), dtype=np.uint8) for _ in range(20)], crf="1")

    _, sheet = make_sheet(path)

    assert 50_000 < sheet.stat().st_size <= spritesheets.SHEET_BYTES


def test_frame_that_stays_stands_in_every_tile_until_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for at, picture in zip((0, 1, 2, 3, 40), greys(5), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))

    made, sheet = make_sheet(path)

    assert made.frames == 5
    assert lights(sheet, columns=5, rows=1) == pytest.approx([30, *[172.5] * 4], abs=4)


def test_sheet_of_a_broken_video_is_refused(tmp_path: Path) -> None:
    path = hostile.noise_behind_magic(tmp_path / "a.mp4")
    measured = Probe(media_type="video/mp4", width=64, height=48, duration_seconds=1.0, frames=12)

    with pytest.raises(MediaRejected):
        spritesheets.write_spritesheet(path, tmp_path / "spritesheet.webp", measured, LIMITS)
