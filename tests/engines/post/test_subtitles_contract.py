from pathlib import Path

import pytest

from rushes.engines.base import Request
from rushes.engines.registry import ENGINES
from tests.engines import contract
from tests.engines.post.captions import SRT, caption_request, gray_clip, words_input


def ask(folder: Path, *, words: str = SRT, frames: int = 50, seed: int = 1) -> Request:
    parent = gray_clip(folder / "parent.mp4", frames=frames, tone=440.0)
    file = words_input(folder / "words.srt", words)
    return caption_request(folder, parent, file, style="burned", seed=seed)


CASE = contract.Case(
    spec=ENGINES["post"],
    request=lambda folder, seed: ask(folder, seed=seed),
    long_request=lambda folder: ask(folder, words="00:00:00,000 --> 00:01:00,000\nHi", frames=1500),
    bad_request=lambda folder: ask(folder, words="00:00:02,000 --> 00:00:01,000\nHi"),
)


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_subtitles_keep_the_contract(check: contract.Check, tmp_path: Path) -> None:
    await check(CASE, tmp_path)
