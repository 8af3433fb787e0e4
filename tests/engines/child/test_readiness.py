from dataclasses import replace
from pathlib import Path

import pytest

from rushes.engines.child.readiness import engine_version
from rushes.engines.registry import ENGINES
from rushes.errors import EngineError

MOTION = ENGINES["motion"]


async def test_engine_that_can_be_loaded_tells_its_version(tmp_path: Path) -> None:
    assert await engine_version(MOTION, scratch=tmp_path)


async def test_engine_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    spec = replace(MOTION, target="rushes.engines.motion.absent:Engine")

    with pytest.raises(EngineError, match=r"No module named 'rushes\.engines\.motion\.absent'"):
        await engine_version(spec, scratch=tmp_path)
