"""A process that runs the motion engine on the files of a folder, and prints the most memory that it held."""

import sys
from pathlib import Path

from benchmarks.motion_speed import peak_mebibytes
from rushes.domain.media import Probe
from rushes.engines.base import Input
from rushes.engines.motion.engine import MotionEngine
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import request_for, video_input

SIDE = 96
REFERENCE, MOTION = "reference.png", "motion.mp4"


def main(folder: Path) -> None:
    """Run the engine once; say how many frames it made, and its peak in MiB."""
    request = request_for(
        folder,
        reference=Input(
            path=folder / REFERENCE, probe=Probe(media_type="image/png", width=SIDE, height=SIDE)
        ),
        motion=video_input(folder / MOTION, width=SIDE, height=SIDE),
        options={"advanced": {"inference_steps": 10}},
    )
    context = RecordingContext(request)
    MotionEngine().run(context)
    sys.stdout.write(f"{context.metrics['frames']:.0f} {peak_mebibytes():.0f}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
