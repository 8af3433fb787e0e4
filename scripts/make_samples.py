"""Draws the two sample files of the demo: `python -m scripts.make_samples`."""

from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from scripts.cast import HEIGHT, WIDTH, performance, performer, presenter
from scripts.puppet import Pose

SAMPLES = Path(__file__).resolve().parent.parent / "src" / "rushes" / "samples"
RATE = 24
SECONDS = 3
QUALITY = "20"


def main() -> None:
    """Write `reference.png` and `motion.mp4` over the files of the package."""
    _write_reference(SAMPLES / "reference.png")
    _write_motion(SAMPLES / "motion.mp4")
    for path in sorted(SAMPLES.glob("*.*")):
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def _write_reference(path: Path) -> None:
    Image.fromarray(presenter().draw(Pose())).save(path, optimize=True)


def _write_motion(path: Path) -> None:
    puppet = performer()
    with av.open(path, "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(RATE))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.options = {"crf": QUALITY, "preset": "veryslow"}
        for index in range(RATE * SECONDS):
            picture = puppet.draw(performance(index / RATE))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


if __name__ == "__main__":
    main()
