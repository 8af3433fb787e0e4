"""How long post jobs take beside the plain `ffmpeg` command for the same work, at 720p.

    python -m benchmarks.post [--seconds 4] [--rounds 5] [NAME...]

Each round runs ours and the peer in turn, on the same file with the same x264 settings. Ours is the engine's
code alone, without the start of a child; the peer's start is in its time. CPU time is that of all threads; it
is what counts on a machine that does other work meanwhile. The last column is how far the estimate is from
what two cores take at least: half the CPU time, or all of the main thread's, if that is more. It fails where
ours takes more than its limit of the peer's time, by either clock.
"""

import json
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.arguments import parser_of
from benchmarks.limits import Limits
from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole
from rushes.domain.options import VideoQuality
from rushes.engines.base import Input
from rushes.engines.media.encoding import SETTINGS
from rushes.engines.post.engine import PostEngine
from rushes.engines.post.mixing import DUCKING
from tests.engines.motion.context import RecordingContext
from tests.engines.post.captions import words_input
from tests.engines.post.footage import swaying
from tests.engines.post.hearing import syllables, write_sound
from tests.engines.post.media import clip_input, post_request, write_clip

RATE = 25
SIZE = (1280, 720)
PERIOD = 2 * RATE
MOST_RATIO = 1.1
OUTPUT = "peer.mp4"

_CORES = 2
_LEAST_SECONDS = 4.0
"""Of a parent: the loops go back to its middle."""
SOUND = "sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One job, and what the `ffmpeg` command is given for the same work before its encoder settings.

    `given` writes further inputs beside the parent; `measure` is what the peer is given in a pass before,
    whose figures it then has; `copies` says that the pictures are not encoded.
    """

    name: str
    job_type: JobType
    options: dict[str, Any]
    peer: Callable[[Path], Sequence[str | Path]]
    given: Callable[[Path], dict[AssetRole, Input]] = lambda _: {}
    measure: Callable[[Path], Sequence[str | Path]] | None = None
    copies: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took, in seconds; `cpu` of all threads and children, `alone` of the main thread."""

    wall: float
    cpu: float
    alone: float = 0.0


def _loop(clip: Path) -> Sequence[str | Path]:
    again = f"trim=start_frame={PERIOD},setpts=PTS-STARTPTS"
    sound = f"atrim=start={PERIOD / RATE},asetpts=PTS-STARTPTS"
    graph = (
        f"[0:v]split[a][b];[b]{again}[c];[0:a]asplit[d][e];[e]{sound}[f];[a][d][c][f]concat=n=2:v=1:a=1[v][s]"
    )
    return ["-i", clip, "-filter_complex", graph, "-map", "[v]", "-map", "[s]", "-c:a", "aac"]


def _pingpong(clip: Path) -> Sequence[str | Path]:
    graph = f"[0:v]split[a][b];[b]reverse,trim=end_frame={PERIOD}[c];[a][c]concat=n=2:v=1:a=0[v]"
    return ["-i", clip, "-filter_complex", graph, "-map", "[v]", "-map", "0:a", "-c:a", "copy"]


def _still(clip: Path) -> Sequence[str | Path]:
    return ["-i", clip, "-vf", f"tpad=stop_mode=clone:stop_duration={PERIOD / RATE}", "-c:a", "copy"]


def _upscale(scale: int) -> Callable[[Path], Sequence[str | Path]]:
    larger = f"{SIZE[0] * scale}:{SIZE[1] * scale}"
    enlarge = f"scale={larger}:flags=lanczos,unsharp=5:5:0.3:5:5:0"
    return lambda clip: ["-i", clip, "-vf", enlarge, "-c:a", "copy"]


def _words(clip: Path) -> dict[AssetRole, Input]:
    times = (f"00:00:{second:02},000 --> 00:00:{second:02},900" for second in range(60))
    text = "\n".join(f"{number}\n{time}\nThe words,\non two lines\n" for number, time in enumerate(times, 1))
    return {AssetRole.SUBTITLES: words_input(clip.with_suffix(".srt"), text)}


def _soft(clip: Path) -> Sequence[str | Path]:
    return [
        "-i",
        clip,
        "-i",
        clip.with_suffix(".srt"),
        "-map",
        "0",
        "-map",
        "1",
        "-c:a",
        "copy",
        "-c:s",
        "mov_text",
    ]


def _burned(clip: Path) -> Sequence[str | Path]:
    return ["-i", clip, "-vf", f"subtitles={clip.with_suffix('.srt')}", "-c:a", "copy"]


def _voice(clip: Path) -> dict[AssetRole, Input]:
    seconds = clip_input(clip).probe.duration_seconds or 0.0
    return {AssetRole.AUDIO: write_sound(clip.with_suffix(".wav"), syllables(seconds))}


def _ducked(clip: Path, *, figures: str = "") -> Sequence[str | Path]:
    graph = (
        f"[1:a]aformat={SOUND},apad,asplit[a][b];[0:a]aformat={SOUND}[c];[c][a]sidechaincompress={DUCKING}[d];"
        f"[d][b]amix=normalize=0:duration=first,loudnorm=I=-16:TP=-1:LRA=11:print_format=json{figures}[s]"
    )
    return ["-i", clip, "-i", clip.with_suffix(".wav"), "-filter_complex", graph, "-map", "[s]"]


def _normalized(clip: Path) -> Sequence[str | Path]:
    figures = json.loads(clip.with_suffix(".json").read_text())
    known = "".join(
        f":measured_{name}={figures[f'input_{name.lower()}']}" for name in ("I", "TP", "LRA", "thresh")
    )
    graph = _ducked(clip, figures=f"{known}:offset={figures['target_offset']}:linear=true")
    return [*graph, "-map", "0:v", "-c:a", "aac", "-ar", "48000", "-b:a", "160k"]


CASES = (
    Case(name="extend, loop", job_type=JobType.EXTEND, options={"mode": "loop", "seconds": 2}, peer=_loop),
    Case(
        name="extend, pingpong",
        job_type=JobType.EXTEND,
        options={"mode": "pingpong", "seconds": 2},
        peer=_pingpong,
    ),
    Case(
        name="extend, extrapolate",
        job_type=JobType.EXTEND,
        options={"mode": "extrapolate", "seconds": 2},
        peer=_still,
    ),
    Case(
        name="extend, coded anew",
        job_type=JobType.EXTEND,
        options={"mode": "loop", "seconds": 2, "video_quality": "ultra"},
        peer=_loop,
    ),
    Case(name="upscale, 2 times", job_type=JobType.UPSCALE, options={"scale": 2}, peer=_upscale(2)),
    Case(name="upscale, 4 times", job_type=JobType.UPSCALE, options={"scale": 4}, peer=_upscale(4)),
    Case(
        name="subtitles, soft", job_type=JobType.SUBTITLES, options={}, peer=_soft, given=_words, copies=True
    ),
    Case(
        name="subtitles, burned",
        job_type=JobType.SUBTITLES,
        options={"style": "burned"},
        peer=_burned,
        given=_words,
    ),
    Case(
        name="audio, ducked",
        job_type=JobType.AUDIO,
        options={"mix": "duck"},
        peer=_normalized,
        given=_voice,
        measure=_ducked,
        copies=True,
    ),
)


def main() -> None:
    """Print a line for each case, and fail where one takes too long beside the peer."""
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=_LEAST_SECONDS, help="of the parent's video")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("names", nargs="*", help="begins of the names of cases; none: all")
    arguments = parser.parse_args()
    if arguments.seconds < _LEAST_SECONDS:
        parser.error(f"The parent must last {_LEAST_SECONDS:g} s or more.")
    with tempfile.TemporaryDirectory(prefix="rushes-bench-") as folder:
        parent = _parent(Path(folder), seconds=arguments.seconds)
        print(f"{parent.probe.frames} frames of {SIZE[0]}x{SIZE[1]}; medians of {arguments.rounds} rounds")
        print(f"{'':20}{'ours, wall / CPU':>20}{'ffmpeg':>20}{'ratio':>16}{'estimate':>12}")
        limits = Limits()
        for case in CASES:
            if case.name.startswith(tuple(arguments.names) or ""):
                compare(case, parent, Path(folder), rounds=arguments.rounds, limits=limits)
    limits.end()


def compare(case: Case, parent: Input, folder: Path, *, rounds: int, limits: Limits) -> None:
    """Run ours and the peer in turn; print the medians, and hold those of the ratios to their limit."""
    request = post_request(case.job_type, folder / "work", parent, **case.options)
    request = replace(request, inputs=request.inputs | case.given(parent.path))
    engine = PostEngine()
    pairs = [
        (
            _ours(lambda: engine.run(RecordingContext(request))),
            _peer(lambda: _run_peer(case, parent.path, folder)),
        )
        for _ in range(rounds)
    ]
    ours, peer = (_median([pair[side] for pair in pairs]) for side in (0, 1))
    wall = statistics.median(one.wall / other.wall for one, other in pairs)
    cpu = statistics.median(one.cpu / other.cpu for one, other in pairs)
    estimated = engine.estimate(request) / max(ours.cpu / _CORES, ours.alone) - 1
    print(
        f"{case.name:20}{ours.wall:12.2f} / {ours.cpu:5.2f}{peer.wall:12.2f} / {peer.cpu:5.2f}"
        f"{wall:8.2f} / {cpu:5.2f}{estimated:+12.0%}",
        flush=True,
    )
    limits.at_most(f"{case.name} by wall time", wall, limit=MOST_RATIO)
    limits.at_most(f"{case.name} by CPU time", cpu, limit=MOST_RATIO)


def _parent(folder: Path, *, seconds: float) -> Input:
    width, height = SIZE
    pictures = swaying(round(seconds * RATE), period=PERIOD, width=width, height=height)
    return clip_input(write_clip(folder / "parent.mp4", pictures, rate=RATE, tone=440))


def _run_peer(case: Case, clip: Path, folder: Path) -> None:
    program = shutil.which("ffmpeg")
    if program is None:
        raise SystemExit("The peer, the command ffmpeg, is not installed.")
    if case.measure is not None:
        command = [program, "-hide_banner", "-nostdin", *case.measure(clip), "-f", "null", "-"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        clip.with_suffix(".json").write_text(told[told.rindex("{") : told.rindex("}") + 1])
    output = ["-movflags", "+faststart", folder / OUTPUT]
    command = [program, "-v", "error", "-nostdin", "-y", *case.peer(clip), *_coding(case), *output]
    subprocess.run(command, check=True)


def _coding(case: Case) -> Sequence[str]:
    if case.copies:
        return ["-c:v", "copy"]
    quality = VideoQuality(case.options.get("video_quality", VideoQuality.HIGH))
    settings = [part for name, value in SETTINGS[quality].items() for part in (f"-{name}", value)]
    return ["-c:v", "libx264", *settings, "-threads", "4", "-g", str(2 * RATE), "-pix_fmt", "yuv420p"]


def _ours(run: Callable[[], None]) -> Cost:
    wall, cpu, alone = time.perf_counter(), time.process_time(), time.thread_time()
    run()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, time.thread_time() - alone)


def _peer(run: Callable[[], None]) -> Cost:
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - wall, cpu)


def _median(costs: Sequence[Cost]) -> Cost:
    wall, cpu, alone = zip(*((each.wall, each.cpu, each.alone) for each in costs), strict=True)
    return Cost(statistics.median(wall), statistics.median(cpu), statistics.median(alone))


if __name__ == "__main__":
    main()
