"""One figure's motion given to another, against the truth; benchmarks/motion_quality.py does it in full."""

from dataclasses import replace

import pytest

from benchmarks.motion_quality import LEAST_SSIM, Play, play
from benchmarks.peers.dense_flow import Chain, dense_flow
from rushes.domain.options import MotionMode
from rushes.engines.arrays import Picture
from rushes.engines.media.sizes import size_of
from rushes.engines.motion.analysis import Analysis
from tests.engines.rig.poses import Kind

HEIGHT, FRAMES = 240, 19


@pytest.fixture(scope="module")
def performed() -> Play:
    return play(Kind.DANCE, height=HEIGHT, frames=FRAMES)


@pytest.fixture(scope="module")
def analysis(performed: Play) -> Analysis:
    found = performed.analysis()
    return replace(found, placement=performed.rig.placement(size_of(performed.driver[0])))


@pytest.fixture(scope="module")
def cutout(performed: Play, analysis: Analysis) -> list[Picture]:
    return performed.moved(analysis, MotionMode.CUTOUT)


def test_a_cutout_is_liker_the_truth_than_plain_dense_flow(
    performed: Play, analysis: Analysis, cutout: list[Picture]
) -> None:
    peers = [
        performed.psnr(dense_flow(performed.reference, performed.driver, analysis.placement, chain))
        for chain in Chain
    ]

    assert performed.psnr(cutout) > max(peers) + 1


def test_a_sheet_is_liker_the_truth_than_the_picture_at_rest(performed: Play, analysis: Analysis) -> None:
    moved = performed.moved(analysis, MotionMode.SHEET)

    assert performed.psnr(moved) > performed.psnr([performed.reference] * FRAMES) + 3


def test_a_cutout_s_background_stands_still(performed: Play, cutout: list[Picture]) -> None:
    assert performed.background_change(cutout) < 1


def test_a_talking_cutout_is_like_the_truth_with_everything_found_by_itself() -> None:
    talk = play(Kind.TALK, height=HEIGHT, frames=FRAMES)

    moved = talk.moved(talk.analysis(), MotionMode.CUTOUT)

    _, in_the_figure = talk.ssim(moved)
    _, at_rest = talk.ssim([talk.reference] * FRAMES)
    assert in_the_figure >= LEAST_SSIM > at_rest
