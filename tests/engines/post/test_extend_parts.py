from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.media.footage import open_footage
from rushes.engines.media.remuxing import Source
from rushes.engines.media.sizes import Size
from rushes.engines.post.extrapolation import MAX_FRAMES, Extrapolation, flow_between, gray_of, moved
from rushes.engines.post.likeness import luma, small
from rushes.engines.post.pingpong import backwards, held_frames
from rushes.engines.post.seam import Ends, Seam, SeamKind
from rushes.engines.post.video_texture import MAX_PICTURES, Jump, Texture
from tests.engines.motion.media import shifting
from tests.engines.post.footage import leaves, swaying
from tests.engines.post.media import write_clip


def texture_of(values: list[float], *, first: int = 0) -> Texture:
    """Watch a stripe that stands at each of these places in turn."""
    texture = Texture(first=first)
    for value in values:
        columns = np.arange(64) - value
        texture.add(np.tile(255 * np.exp(-(columns**2) / 40), (8, 1)).astype(np.uint8))
    return texture


def swing(frames: int, period: int) -> list[float]:
    return [32 + 20 * float(np.sin(2 * np.pi * index / period)) for index in range(frames)]


def test_jump_goes_to_the_same_phase() -> None:
    jump = texture_of(swing(100, 30)).best_jump(least=10)

    # The frame before the one jumped to looks like the last, number 99.
    assert (99 - (jump.start - 1)) % 30 == 0
    assert jump.mismatch < 0.1


def test_jump_keeps_the_direction_of_the_motion() -> None:
    # Back and forth: each place is passed twice in a period, once in each direction.
    values = [32 + 20 * float(np.cos(2 * np.pi * index / 40)) for index in range(90)]

    jump = texture_of(values).best_jump(least=10)

    assert (89 - (jump.start - 1)) % 40 == 0


def test_jump_repeats_as_much_as_it_can() -> None:
    assert texture_of(swing(100, 30)).best_jump(least=10).start == 10


def test_jump_counts_from_the_first_frame_that_was_watched() -> None:
    assert texture_of(swing(100, 30), first=700).best_jump(least=10).start == 710


@pytest.mark.parametrize(("frames", "least"), [(1, 25), (2, 25), (10, 10), (10, 25)])
def test_all_is_repeated_when_there_is_little(frames: int, least: int) -> None:
    assert texture_of(swing(frames, 30)).best_jump(least=least).start == 0


def test_only_so_many_pictures_are_remembered() -> None:
    jump = texture_of([10.0] * (MAX_PICTURES + 50)).best_jump(least=1)

    assert jump.start > 50


def ends(last: NDArray[np.uint8], match: NDArray[np.uint8]) -> Ends:
    return Ends(before=last, last=last, match=match)


def seam(these: Ends, *, step: float, natural: float = 3.0) -> Seam:
    return Seam(these, Jump(start=1, mismatch=step, step=step), natural=natural, rate=25.0, most=100)


def test_seam_is_cut_when_the_step_is_natural() -> None:
    picture = leaves(160, 96)

    found = seam(ends(picture, picture), step=1.1)

    assert (found.kind, found.frames) == (SeamKind.CUT, 0)


def test_seam_is_morphed_when_the_ends_are_close() -> None:
    last, match = shifting(160, 96, frames=2, step=2)

    found = seam(ends(last, match), step=4)

    assert found.kind is SeamKind.MORPH
    # What comes next is drawn at first where the last frame has it, in the end where it is itself.
    assert apart(found.picture(0, match), last) < apart(match, last) / 3
    assert apart(found.picture(found.frames - 1, match), match) < apart(match, last) / 3


def test_morph_takes_over_the_light() -> None:
    picture = leaves(160, 96) // 2 + 40

    found = seam(ends(picture + np.uint8(20), picture), step=8, natural=12.0)

    assert found.kind is SeamKind.MORPH
    brightness = [float(found.picture(number, picture).mean()) for number in range(found.frames)]
    assert brightness == sorted(brightness, reverse=True)
    assert brightness[0] == pytest.approx(float(picture.mean()) + 20, abs=6)


@pytest.mark.parametrize("match", [leaves(160, 96, seed=9), shifting(160, 96, frames=2, step=20)[0]])
def test_seam_is_faded_over_when_the_ends_are_far_apart(match: NDArray[np.uint8]) -> None:
    last = shifting(160, 96, frames=2, step=20)[1]

    found = seam(ends(last, match), step=9)

    shares = [apart(found.picture(number, match), last) for number in range(found.frames)]
    assert found.kind is SeamKind.CROSSFADE
    assert shares == sorted(shares)


def test_seam_names_its_reason_when_no_frame_is_close_to_the_end() -> None:
    last, match = leaves(160, 96), leaves(160, 96, seed=9)

    assert seam(ends(last, match), step=9).reason == "No frame is close to the end; 10 frames are faded over."


def apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    inner = slice(16, -16)
    return float(np.abs(one[inner, inner].astype(float) - other[inner, inner]).mean())


def test_extrapolation_is_nearer_to_what_comes_than_a_still_picture() -> None:
    pictures = shifting(240, 160, frames=8, step=2)
    extrapolation = Extrapolation(pictures[0], pictures[1])

    errors = [apart(extrapolation.picture(steps), pictures[1 + steps]) for steps in (1, 3, MAX_FRAMES)]
    still = [apart(pictures[1], pictures[1 + steps]) for steps in (1, 3, MAX_FRAMES)]

    assert all(error < frozen / 2 for error, frozen in zip(errors, still, strict=True))


def test_extrapolation_stands_still_in_the_end() -> None:
    extrapolation = Extrapolation(*shifting(96, 64, frames=2, step=2))

    assert (extrapolation.picture(MAX_FRAMES) == extrapolation.picture(MAX_FRAMES + 5)).all()


def test_flow_moves_one_picture_onto_another() -> None:
    one, other = shifting(400, 300, frames=2, step=5)

    flow = flow_between(gray_of(one), gray_of(other))

    assert float(np.median(flow[..., 0])) == pytest.approx(5, abs=0.3)
    assert apart(moved(other, flow), one) < apart(other, one) / 3


@pytest.mark.parametrize("frames", [1, 2, 50, 70])
def test_frames_come_backwards_over_key_frames_and_pieces(tmp_path: Path, frames: int) -> None:
    path = write_clip(tmp_path / "clip.mp4", shifting(2400, 64, frames=frames, step=1)[:frames])
    source = Source(path=path, media_type="video/mp4")
    size = Size(width=2400, height=64 * 40)
    with open_footage(source) as footage:
        forwards = [luma(frame).copy() for frame in footage.frames]

    found = [luma(frame).copy() for frame in backwards(source, until=frames, size=size)]

    assert held_frames(size) < 70
    assert len(found) == frames
    assert all((one == other).all() for one, other in zip(found, reversed(forwards), strict=True))


def test_large_frames_are_held_in_small_pieces() -> None:
    assert held_frames(Size(width=7680, height=4320)) * 7680 * 4320 * 1.5 < 2**28
    assert held_frames(Size(width=64, height=64)) == 128


@pytest.mark.parametrize("start", [0, 1, 24, 25, 49])
def test_footage_begins_at_any_frame(tmp_path: Path, start: int) -> None:
    path = write_clip(tmp_path / "clip.mp4", swaying(50, period=25), rate=10)
    source = Source(path=path, media_type="video/mp4")
    with open_footage(source) as footage:
        whole = [luma(frame).copy() for frame in footage.frames]

    with open_footage(source, start=start) as footage:
        rest = [luma(frame).copy() for frame in islice(footage.frames, 100)]

    assert footage.rate == Fraction(10)
    assert footage.is_plain
    assert len(rest) == 50 - start
    assert all((one == other).all() for one, other in zip(rest, whole[start:], strict=True))


def test_small_pictures_have_the_mean_of_large_ones(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", swaying(1, period=25))

    with open_footage(Source(path=path, media_type="video/mp4")) as footage:
        frame = next(footage.frames)

    assert small(frame).shape == (72, 123)
    assert float(small(frame).mean()) == pytest.approx(float(luma(frame).mean()), abs=0.5)
