import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from rushes.domain.options import VideoQuality
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.sizes import Size
from tests.engines.motion.media import picture_input, texture
from tests.engines.motion.weighing import MOTION, REFERENCE, SIDE

ROOT = Path(__file__).parents[3]
RATE = 4
MARGIN_MIB = 40
"""More than an encoder keeps to look ahead; the long motion video, as it is read, is 53 MiB in grey alone."""


def write_inputs(folder: Path, *, seconds: int) -> None:
    """Write a reference, and a driver in which a block sways before a still texture."""
    picture_input(folder / REFERENCE, texture(SIDE, SIDE))
    block, ground = texture(32, 48, seed=2), texture(SIDE, SIDE) // 2
    size, rate = Size(width=SIDE, height=SIDE), Fraction(RATE)
    with Encoder(folder / MOTION, size=size, rate=rate, quality=VideoQuality.HIGH) as encoder:
        for index in range(seconds * RATE):
            left = 32 + round(20 * math.sin(3 * index / RATE))
            picture = ground.copy()
            picture[24:72, left : left + 32] = block
            encoder.write(picture)


def weigh(folder: Path, *, seconds: int) -> tuple[int, int]:
    """Have a process of its own make that many seconds; return its frames, and its peak in MiB."""
    folder.mkdir()
    write_inputs(folder, seconds=seconds)
    command = [sys.executable, "-m", "tests.engines.motion.weighing", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300)
    frames, peak = map(int, ended.stdout.split())
    return frames, peak


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    short_frames, short_peak = weigh(tmp_path / "short", seconds=2)

    long_frames, long_peak = weigh(tmp_path / "long", seconds=60)

    assert (short_frames, long_frames) == (2 * RATE, 60 * RATE)
    assert long_peak - short_peak < MARGIN_MIB
