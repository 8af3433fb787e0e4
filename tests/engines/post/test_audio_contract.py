from pathlib import Path

import pytest

from rushes.engines.base import Request
from rushes.engines.registry import ENGINES
from tests.engines import contract
from tests.engines.post.captions import gray_clip
from tests.engines.post.hearing import audio_request, syllables, write_sound


def ask(folder: Path, *, seconds: int = 2, seed: int = 1, is_broken: bool = False) -> Request:
    parent = gray_clip(folder / "parent.mp4", frames=seconds * 5, rate=5, tone=440.0)
    sound = write_sound(folder / "voice.wav", syllables(seconds))
    if is_broken:
        sound.path.write_bytes(b"no sound")
    return audio_request(folder, parent, sound, mix="duck", seed=seed)


CASE = contract.Case(
    spec=ENGINES["post"],
    request=lambda folder, seed: ask(folder, seed=seed),
    long_request=lambda folder: ask(folder, seconds=60),
    bad_request=lambda folder: ask(folder, is_broken=True),
)


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_audio_keeps_the_contract(check: contract.Check, tmp_path: Path) -> None:
    await check(CASE, tmp_path)
