"""What the watermark and the content credentials cost, at 720p, beside the peer `ffmpeg` and beside nothing.

    python -m benchmarks.provenance [--seconds 4] [--rounds 5]

The mark is drawn by our code in this process, and by `ffmpeg`'s overlay filter with the same picture of it
and the same x264 settings; the ratio is of CPU time, of all threads and children. Signing is that of a whole
child process, its start included.
"""

import asyncio
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from benchmarks.arguments import parser_of
from rushes.domain.media import AssetRole, MediaLimits, Probe
from rushes.domain.options import VideoQuality
from rushes.engines.base import Artifact, Maker
from rushes.engines.finish.marking import mark_file
from rushes.engines.finish.watermark import mark_for
from rushes.engines.media.encoding import SETTINGS
from rushes.engines.media.sizes import Size
from rushes.engines.provenance.authority import keep_identity
from rushes.engines.provenance.signer import OutputSigner
from tests.engines.driving import request_in
from tests.engines.motion.media import shifting, write_video

SIZE = Size(width=1280, height=720)
RATE = 24


def main() -> None:
    """Print the medians of some rounds."""
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = shifting(SIZE.width, SIZE.height, frames=chosen.seconds * RATE, step=2)
        film = write_video(folder / "film.mp4", pictures, rate=RATE, audio=True)
        ours, peers, signing = (list[float]() for _ in range(3))
        for _ in range(chosen.rounds):
            ours.append(cpu_of(lambda: mark(film)))
            peers.append(cpu_of(lambda: mark_by_ffmpeg(film)))
            signing.append(cpu_of(lambda: sign(film)))
        added = next(folder.glob("sign-*/signed")).stat().st_size - film.stat().st_size
    mine, peer = statistics.median(ours), statistics.median(peers)
    print(f"mark: {1000 * mine / len(pictures):.1f} ms a frame, ffmpeg {1000 * peer / len(pictures):.1f} ms")
    print(f"mark: {mine / peer:.2f} x ffmpeg")
    print(f"sign: {1000 * statistics.median(signing):.0f} ms, {added} bytes added")


def cpu_of(work: Callable[[], object]) -> float:
    """Return the CPU seconds that a piece of work takes, its children's among them."""
    before = _cpu()
    work()
    return _cpu() - before


def mark(film: Path) -> None:
    """Draw the mark as the finish of a run does."""
    target = film.with_name("marked")
    mark_file(film, target, media_type="video/mp4", quality=VideoQuality.HIGH, limits=MediaLimits())


def mark_by_ffmpeg(film: Path) -> None:
    """Draw the same mark by the `ffmpeg` command."""
    drawn, layer = mark_for(SIZE), film.with_name("mark.png")
    Image.fromarray(drawn.layer).save(layer)
    graph = f"[0:v][1:v]overlay={drawn.x}:{drawn.y}"
    settings = [word for name, value in SETTINGS[VideoQuality.HIGH].items() for word in (f"-{name}", value)]
    command = ["ffmpeg", "-y", "-loglevel", "error", "-i", film, "-i", layer, "-filter_complex", graph]
    subprocess.run(
        [*command, "-c:v", "libx264", *settings, "-c:a", "copy", film.with_name("peer.mp4")], check=True
    )


def sign(film: Path) -> None:
    """Sign a film in a child, as the finish of a run does."""
    home = film.with_name("credentials")
    home.mkdir(exist_ok=True)
    output = Artifact(
        role=AssetRole.OUTPUT,
        path=film,
        probe=Probe(media_type="video/mp4", width=SIZE.width, height=SIZE.height),
    )
    maker = Maker(engine="motion", engine_version="1", generative=False)
    signer = OutputSigner(lambda: keep_identity(home))
    if asyncio.run(signer.sign(output, maker, request_in(film.parent))) is None:
        raise SystemExit("It could not be signed.")


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
