"""How fast the animatic engine draws: frames per second, and beside it FFmpeg's plainest moving title.

    python -m benchmarks.animatic [--seconds 6] [--rounds 3]

The peer is the `ffmpeg` command with one line of `drawtext` over its `gradients` source, by the same encoder
settings. Each round runs ours and the peer in turn. CPU time is that of all threads; it is what counts on a
machine that does other work meanwhile. It fails if a storyboard of 480p is drawn and encoded more slowly, by
wall time, than it may be.
"""

import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arguments import parser_of
from benchmarks.limits import Limits
from rushes.domain.options import VideoQuality
from rushes.engines.animatic.engine import LANDSCAPE, PORTRAIT, RATE
from rushes.engines.animatic.film import Look, film
from rushes.engines.media.encoding import SETTINGS, Encoder
from rushes.engines.media.sizes import Size, with_short_side
from rushes.engines.typesetting.fonts import Weight, main_face

STORY = (
    "A red fox runs across a snowy hill at sunset. It stops and looks at the neon city below. "
    "Night falls over the ocean."
)
SHAPES = {
    "480p landscape": with_short_side(LANDSCAPE, 480),
    "480p portrait": with_short_side(PORTRAIT, 480),
    "720p landscape": with_short_side(LANDSCAPE, 720),
}
LEAST_FPS = {"480p landscape": 40.0, "480p portrait": 40.0, "720p landscape": 0.0}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took, in seconds; `cpu` of all threads and children."""

    wall: float
    cpu: float


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="of video")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    frames = round(arguments.seconds * RATE)
    print(
        f"{frames} frames a run; median of {arguments.rounds} rounds; frames a second by wall and by CPU time"
    )
    print(f"{'':16}{'drawn alone':>20}{'with encoding':>20}{'ffmpeg':>20}{'CPU, ours / peer':>20}")
    limits = Limits()
    for name, size in SHAPES.items():
        row, speed = compare(size, frames=frames, rounds=arguments.rounds)
        print(f"{name:16}{row}", flush=True)
        limits.at_least(f"{name}, in frames a second", speed, limit=LEAST_FPS[name])
    limits.end()


def compare(size: Size, *, frames: int, rounds: int) -> tuple[str, float]:
    """Run all three in turn; return a row of the table, and our frames a second by wall time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mp4"
        works = [
            lambda: draw(size, frames=frames),
            lambda: draw(size, frames=frames, path=path),
            lambda: run_peer(size, frames=frames, path=path),
        ]
        costs = [[measured(work) for work in works] for _ in range(rounds)]
    columns = [list(column) for column in zip(*costs, strict=True)]
    ratio = statistics.median(ours.cpu / peer.cpu for _, ours, peer in costs)
    speeds = [speeds_of(column, frames) for column in columns]
    row = "".join(f"{wall:>11.0f} /{cpu:>7.0f}" for wall, cpu in speeds) + f"{ratio:>20.2f}"
    return row, speeds[1][0]


def speeds_of(costs: list[Cost], frames: int) -> tuple[float, float]:
    """Frames a second, by wall and by CPU time."""
    wall, cpu = (statistics.median(each) for each in zip(*((c.wall, c.cpu) for c in costs), strict=True))
    return frames / wall, frames / cpu


def draw(size: Size, *, frames: int, path: Path | None = None) -> None:
    """Draw a storyboard whole, its preparation included, and write it if there is a path."""
    board = film(STORY, Look(size=size, seed=7, follow=1.0, steps=20), seconds=float(frames / RATE))
    pictures = (board.frame(float(index / RATE)) for index in range(frames))
    if path is None:
        for _ in pictures:
            pass
        return
    with Encoder(path, size=size, rate=RATE, quality=VideoQuality.HIGH) as encoder:
        for picture in pictures:
            encoder.write(picture)


def run_peer(size: Size, *, frames: int, path: Path) -> None:
    """Have FFmpeg make a title of the same length and size."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit("The peer is the ffmpeg command; install it.")
    source = f"gradients=s={size.width}x{size.height}:r={RATE}:n=4:speed=0.01:d={float(frames / RATE)}"
    font = main_face(Weight.BOLD).path
    title = f"drawtext=fontfile={font}:text='A red fox runs':fontcolor=white:fontsize=h/9:x=w/10:y=(h-th)/2"
    options = [part for name, value in SETTINGS[VideoQuality.HIGH].items() for part in (f"-{name}", value)]
    arguments = ["-v", "error", "-y", "-f", "lavfi", "-i", f"{source},{title}", "-c:v", "libx264", *options]
    subprocess.run([ffmpeg, *arguments, "-pix_fmt", "yuv420p", str(path)], check=True)


def measured(work: Callable[[], None]) -> Cost:
    """Run it and return what it took."""
    cpu, wall = cpu_seconds(), time.perf_counter()
    work()
    return Cost(time.perf_counter() - wall, cpu_seconds() - cpu)


def cpu_seconds() -> float:
    """The CPU time of this process and of its children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
