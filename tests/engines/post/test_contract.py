from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rushes.domain.jobs import JobType
from rushes.engines.base import Request
from rushes.engines.registry import ENGINES
from tests.engines import contract
from tests.engines.motion.media import SAMPLE_MOTION
from tests.engines.post.footage import swaying
from tests.engines.post.media import clip_input, post_request, write_clip


def _request(job_type: JobType, **options: Any) -> Callable[[Path, int], Request]:
    def request(folder: Path, seed: int) -> Request:
        clip = write_clip(folder / "clip.mp4", swaying(20, period=10, width=128, height=96), tone=440)
        return post_request(job_type, folder, clip_input(clip), seed=seed, **options)

    return request


def _long_request(job_type: JobType, **options: Any) -> Callable[[Path], Request]:
    return lambda folder: post_request(job_type, folder, SAMPLE_MOTION, **options)


def _bad_request(job_type: JobType) -> Callable[[Path], Request]:
    def request(folder: Path) -> Request:
        clip = write_clip(folder / "clip.mp4", swaying(20, period=10))
        parent = clip_input(clip)
        clip.write_bytes(clip.read_bytes()[:700])
        return post_request(job_type, folder, parent)

    return request


CASES = {
    "extend": contract.Case(
        spec=ENGINES["post"],
        request=_request(JobType.EXTEND, seconds=1),
        long_request=_long_request(JobType.EXTEND, seconds=60),
        bad_request=_bad_request(JobType.EXTEND),
    ),
    "upscale": contract.Case(
        spec=ENGINES["post"],
        request=_request(JobType.UPSCALE, scale=2),
        long_request=_long_request(JobType.UPSCALE, scale=4, video_quality="ultra"),
        bad_request=_bad_request(JobType.UPSCALE),
    ),
}


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_post_keeps_the_contract(case: contract.Case, check: contract.Check, tmp_path: Path) -> None:
    await check(case, tmp_path)
