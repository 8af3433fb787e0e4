from pathlib import Path

import pytest

from rushes.engines.base import Input, Request
from rushes.engines.registry import ENGINES
from tests.engines import contract
from tests.engines.motion.media import picture_input, request_for, shifting, texture, video_input, write_video

SMALL = (96, 64)


def request(folder: Path, *, frames: int, seed: int = 1) -> Request:
    reference = picture_input(folder / "reference.png", texture(*SMALL))
    return request_for(folder, reference=reference, motion=motion(folder, frames=frames), seed=seed)


def motion(folder: Path, *, frames: int) -> Input:
    path = write_video(folder / "motion.mp4", shifting(*SMALL, frames=frames, step=1))
    return video_input(path, width=SMALL[0], height=SMALL[1])


def bad_request(folder: Path) -> Request:
    good = request(folder, frames=3)
    (folder / "motion.mp4").write_bytes(b"no video at all")
    return good


MOTION = contract.Case(
    spec=ENGINES["motion"],
    request=lambda folder, seed: request(folder, frames=4, seed=seed),
    long_request=lambda folder: request(folder, frames=400),
    bad_request=bad_request,
)


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_motion_keeps_the_contract(check: contract.Check, tmp_path: Path) -> None:
    await check(MOTION, tmp_path)
