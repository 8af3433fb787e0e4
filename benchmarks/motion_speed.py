"""How fast the motion engine is, and how much memory it takes, from file to file.

    python -m benchmarks.motion_speed [--resolutions 480p 720p] [--seconds 2 20] [--rounds 1]

Each run has a process of its own. Frames a second are given by the clock, and by the processor time of all
its threads: the latter is what one core alone would reach, whatever else the machine does. It fails where
fewer frames a second are made than wanted, by the clock.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from PIL import Image

from benchmarks.arguments import parser_of
from benchmarks.limits import Limits
from rushes.domain.media import AssetRole, Probe
from rushes.domain.options import Resolution, VideoQuality
from rushes.engines.base import Input
from rushes.engines.media.encoding import Encoder
from rushes.engines.motion.engine import MotionEngine
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import request_for
from tests.engines.rig.poses import Kind
from tests.engines.rig.truth import FPS, rig

LEAST_FPS = {Resolution.P480: 10, Resolution.P720: 4}
HEIGHT = 480


def write_inputs(folder: Path, *, seconds: float) -> None:
    """Write the reference and a driver that waves, as files."""
    chosen = rig(HEIGHT)
    Image.fromarray(chosen.still()[0]).save(folder / "reference.png")
    size = chosen.driver.size
    with Encoder(folder / "motion.mp4", size=size, rate=Fraction(FPS), quality=VideoQuality.HIGH) as encoder:
        for picture in chosen.motion(Kind.WAVE, frames=round(seconds * FPS)):
            encoder.write(picture)


def run_once(folder: Path, resolution: Resolution) -> None:
    """Run the engine on the files in the folder, and print what it took."""
    size = rig(HEIGHT).driver.size
    picture = Probe(media_type="image/png", width=size.width, height=size.height)
    video = Probe(media_type="video/mp4", width=size.width, height=size.height, fps=FPS)
    request = request_for(
        folder,
        reference=Input(path=folder / "reference.png", probe=picture),
        motion=Input(path=folder / "motion.mp4", probe=video),
        options={"resolution": resolution},
    )
    context = RecordingContext(request)
    wall, processor = time.perf_counter(), time.process_time()
    MotionEngine().run(context)
    assert AssetRole.OUTPUT in context.artifacts
    print(
        json.dumps(
            {
                "frames": context.metrics["frames"],
                "wall": time.perf_counter() - wall,
                "processor": time.process_time() - processor,
                "peak": peak_mebibytes(),
            }
        )
    )


def peak_mebibytes() -> float:
    """The most memory that this process ever held; Linux keeps it."""
    # getrusage would begin with what the process that started this one held.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def measure(folder: Path, resolution: Resolution) -> dict[str, float]:
    """Run the engine in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.motion_speed", "--folder", str(folder)]
    ended = subprocess.run(
        [*command, "--resolutions", resolution], check=True, capture_output=True, text=True, timeout=3600
    )
    return json.loads(ended.stdout)


def compare(resolutions: list[Resolution], seconds: list[float], rounds: int) -> None:
    """Print the speed and the memory for each resolution and length; fail where one is too slow."""
    limits = Limits()
    for length in seconds:
        with tempfile.TemporaryDirectory(prefix="rushes-bench-") as name:
            write_inputs(Path(name), seconds=length)
            for resolution in resolutions:
                found = [measure(Path(name), resolution) for _ in range(rounds)]
                wall, processor = (
                    statistics.median(one["frames"] / one[clock] for one in found)
                    for clock in ("wall", "processor")
                )
                peak = max(one["peak"] for one in found)
                print(
                    f"{resolution}, {length:g} s: {wall:.1f} frames a second (wanted "
                    f"{LEAST_FPS[resolution]}), {processor:.1f} by processor time, peak {peak:.0f} MiB",
                    flush=True,
                )
                limits.at_least(
                    f"{resolution} of {length:g} s, in frames a second", wall, limit=LEAST_FPS[resolution]
                )
    limits.end()


def main() -> None:
    """Parse the arguments, and measure."""
    parser = parser_of(__doc__)
    parser.add_argument("--resolutions", type=Resolution, nargs="+", default=list(Resolution))
    parser.add_argument("--seconds", type=float, nargs="+", default=[2.0, 20.0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        run_once(given.folder, given.resolutions[0])
    else:
        compare(given.resolutions, given.seconds, given.rounds)


if __name__ == "__main__":
    main()
