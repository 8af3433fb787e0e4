import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from rushes.engines.finish.watermark import Mark, draw_on_frame, draw_on_picture, frame_mark_of, mark_for
from rushes.engines.media.encoding import broadcast
from rushes.engines.media.sizes import Size

SIZES = [
    Size(width=854, height=480),
    Size(width=480, height=854),
    Size(width=1920, height=1080),
    Size(width=640, height=640),
]
READABLE = 3.0
"""The least contrast of graphics and large letters (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""

GREYS = {"black": 0, "dark": 40, "grey": 128, "light": 215, "white": 255}


def ground(kind: str, size: Size) -> NDArray[np.uint8]:
    """A picture of one grey, or one as busy as can be."""
    shape = (size.height, size.width, 3)
    if kind == "busy":
        return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    return np.full(shape, GREYS[kind], np.uint8)


def luminance(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance as WCAG 2.2 defines it, 0 to 1."""
    share = picture / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast(picture: NDArray[np.uint8], mark: Mark) -> float:
    """The contrast of the letters to what is drawn around them: 1 for none, 21 for white on black."""
    height, width = mark.layer.shape[:2]
    light = luminance(picture[mark.y : mark.y + height, mark.x : mark.x + width])
    letters = (mark.layer[..., 0] > 230) & (mark.layer[..., 3] > 200)
    around = (mark.layer[..., 0] < 30) & (mark.layer[..., 3] > 100)
    return float((light[letters].mean() + 0.05) / (light[around].mean() + 0.05))


def marked(kind: str, size: Size) -> tuple[NDArray[np.uint8], Mark]:
    picture, mark = Image.fromarray(ground(kind, size)), mark_for(size)
    draw_on_picture(picture, mark)
    return np.asarray(picture), mark


@pytest.mark.parametrize("kind", [*GREYS, "busy"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_mark_can_be_read_on_any_ground(kind: str, size: Size) -> None:
    picture, mark = marked(kind, size)

    assert contrast(picture, mark) >= READABLE


@pytest.mark.parametrize("kind", ["black", "white"])
def test_ground_alone_has_no_contrast(kind: str) -> None:
    size = SIZES[0]

    assert contrast(ground(kind, size), mark_for(size)) == pytest.approx(1)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_mark_is_small_and_in_the_lower_right_corner(size: Size) -> None:
    mark = mark_for(size)

    height, width = mark.layer.shape[:2]
    short = min(size.width, size.height)
    assert 0.03 * short <= height <= 0.08 * short
    assert width <= 0.5 * size.width
    assert 0 < size.width - (mark.x + width) <= 0.05 * short
    assert 0 < size.height - (mark.y + height) <= 0.05 * short


@pytest.mark.parametrize("kind", ["white", "busy"])
def test_nothing_changes_outside_the_mark(kind: str) -> None:
    size = SIZES[0]
    before = ground(kind, size)

    after, mark = marked(kind, size)

    height, width = mark.layer.shape[:2]
    changed = np.argwhere((before != after).any(axis=2))
    assert changed.min(axis=0).tolist() >= [mark.y, mark.x]
    assert changed.max(axis=0).tolist() < [mark.y + height, mark.x + width]


@pytest.mark.parametrize("size", [(16, 16), (64, 48), (2, 400), (400, 2)])
def test_mark_on_a_tiny_picture_stays_inside(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "white")

    draw_on_picture(picture, mark_for(Size(width=size[0], height=size[1])))

    assert np.asarray(picture).min() < 255


def test_transparent_picture_shows_the_mark_and_stays_transparent_elsewhere() -> None:
    picture, mark = Image.new("RGBA", (640, 480)), mark_for(Size(width=640, height=480))

    draw_on_picture(picture, mark)

    alpha = np.asarray(picture)[..., 3]
    assert alpha[: mark.y].max() == 0
    assert alpha[mark.y :, mark.x :].max() > 200


@pytest.mark.parametrize("kind", [*GREYS, "busy"])
def test_frame_gets_the_same_mark_as_a_picture(kind: str) -> None:
    size = SIZES[0]
    frame = broadcast(VideoFrame.from_ndarray(ground(kind, size), format="rgb24"))
    mark = mark_for(size)

    drawn = draw_on_frame(frame, frame_mark_of(mark))

    assert contrast(drawn.to_ndarray(format="rgb24"), mark) >= READABLE


def test_frame_that_it_was_drawn_from_stays_as_it_was() -> None:
    size = SIZES[0]
    frame = broadcast(VideoFrame.from_ndarray(ground("white", size), format="rgb24"))
    before = frame.to_ndarray()

    draw_on_frame(frame, frame_mark_of(mark_for(size)))

    assert (frame.to_ndarray() == before).all()
