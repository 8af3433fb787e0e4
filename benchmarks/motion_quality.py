"""How well the motion engine gives one figure another's motion, beside plain dense flow.

    python -m benchmarks.motion_quality [--kinds talk wave dance] [--height 480] [--frames 72]
                                        [--sheet FILE.png]

A drawn figure performs; another, of other looks, size and place, is to do the same, and as both hang on the
same bones, what it then looks like is known. Alignment is given for the comparison, masks are not; the last
lines are with everything found by itself. It fails where the cutout gains too little over the better peer,
and where, unaided, the talk is too unlike what is known, or a background changes.
`benchmarks.motion_speed` measures time and memory.
"""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.arguments import parser_of
from benchmarks.limits import Limits
from benchmarks.motion_scores import change, place_of_figure, psnr, ssim
from benchmarks.peers.dense_flow import Chain, dense_flow
from rushes.domain.options import MotionMode
from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import size_of, with_short_side
from rushes.engines.motion.analyser import ANALYSIS_SHORT_SIDE, Hints, analyse
from rushes.engines.motion.analysis import Analysis
from rushes.engines.motion.synthesis import Synthesis, SynthesisSettings
from tests.engines.rig.poses import Kind
from tests.engines.rig.truth import Rig, rig

JUDGED_EVERY = 3
LEAST_GAIN, LEAST_MEAN_GAIN = 1.0, 1.8
LEAST_SSIM = 0.75
MOST_CHANGE = 1.0
SHEET_COLUMNS = 7
SHEET_HEIGHT = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One performance: what goes in, and what should come out."""

    rig: Rig
    kind: Kind
    reference: Picture
    at_rest: Gray
    driver: list[Picture]
    truth: list[tuple[Picture, Gray]]

    def moved(self, analysis: Analysis, mode: MotionMode) -> list[Picture]:
        """What the engine makes of an analysis."""
        settings = SynthesisSettings(mode=mode, steps=20, gain=1.0)
        return list(Synthesis(self.reference, analysis, settings).pictures())

    def analysis(self, hints: Hints | None = None) -> Analysis:
        """What the engine finds by itself."""
        return analyse(self.reference, self.driver, hints=hints or Hints(), on_frame=lambda _: None)

    def psnr(self, pictures: Iterable[Picture]) -> float:
        """The mean likeness in and around the figure, in dB."""
        return statistics.mean(
            psnr(picture, truth, place_of_figure(mask, self.at_rest))
            for picture, (truth, mask) in self._judged(pictures)
        )

    def ssim(self, pictures: Iterable[Picture]) -> tuple[float, float]:
        """The mean structural similarity of the whole picture, and in and around the figure."""
        whole, figure = [], []
        for picture, (truth, mask) in self._judged(pictures):
            similar = ssim(picture, truth)
            whole.append(float(similar.mean()))
            figure.append(float(similar[place_of_figure(mask, self.at_rest)].mean()))
        return statistics.mean(whole), statistics.mean(figure)

    def background_change(self, pictures: list[Picture]) -> float:
        """The mean change of what the figure never comes near, in grey levels."""
        ever = np.maximum.reduce([mask for _, mask in self.truth])
        grown = cv2.dilate(ever, np.ones((25, 25), np.uint8))
        return statistics.mean(change(picture, self.reference, grown == 0) for picture in pictures)

    def _judged(self, pictures: Iterable[Picture]) -> list[tuple[Picture, tuple[Picture, Gray]]]:
        return list(zip(pictures, self.truth, strict=True))[JUDGED_EVERY::JUDGED_EVERY]


def play(kind: Kind, *, height: int, frames: int) -> Play:
    """Draw a performance, the driver as the engine reads it."""
    chosen = rig(height)
    reference, at_rest = chosen.still()
    return Play(
        rig=chosen,
        kind=kind,
        reference=reference,
        at_rest=at_rest,
        driver=[as_read(picture) for picture in chosen.motion(kind, frames=frames)],
        truth=list(chosen.truth(kind, frames=frames)),
    )


def as_read(picture: Picture) -> Picture:
    """The picture at the size at which the engine reads a motion video."""
    size = with_short_side(size_of(picture), ANALYSIS_SHORT_SIDE)
    return cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_AREA).astype(np.uint8)


def compare(performed: Play) -> tuple[float, Mapping[str, list[Picture]]]:
    """Print the likeness of ours and of the peers, alignment given; return our gain, and the pictures."""
    placement = performed.rig.placement(size_of(performed.driver[0]))
    peers = {
        chain: performed.psnr(dense_flow(performed.reference, performed.driver, placement, chain))
        for chain in Chain
    }
    aligned = replace(performed.analysis(), placement=placement)
    masked = replace(performed.analysis(Hints(mask=performed.at_rest)), placement=placement)
    pictures = {
        "cutout": performed.moved(aligned, MotionMode.CUTOUT),
        "cutout, mask given": performed.moved(masked, MotionMode.CUTOUT),
        "sheet": performed.moved(aligned, MotionMode.SHEET),
    }
    ours = {name: performed.psnr(made) for name, made in pictures.items()}
    still = performed.psnr([performed.reference] * len(performed.driver))
    best = max(peers.values())
    print(f"{performed.kind}: still {still:.2f} dB, " + _listed(peers) + "; " + _listed(ours))
    for name, value in ours.items():
        print(f"  {name}: {value - best:+.2f} dB over the better peer")
    return ours["cutout"] - best, pictures


def judge_unaided(performed: Play, limits: Limits) -> None:
    """Print, and hold to its limits, what comes out where everything is found by the engine itself."""
    analysis = performed.analysis()
    truth = performed.rig.placement(size_of(performed.driver[0]))
    for mode in MotionMode:
        made = performed.moved(analysis, mode)
        whole, figure = performed.ssim(made)
        background = performed.background_change(made)
        print(
            f"{performed.kind}, unaided, {mode}: SSIM {whole:.3f}, in the figure {figure:.3f} "
            f"(wanted of the talk: {LEAST_SSIM}), {performed.psnr(made):.2f} dB, the background changes by "
            f"{background:.2f} levels (wanted {MOST_CHANGE:g} at most), placed by "
            f"{analysis.placement.method} at {analysis.placement.scale / truth.scale:.3f} of the true scale"
        )
        name = f"{performed.kind}, unaided, {mode}"
        limits.at_most(f"change of the background of {name}, in levels", background, limit=MOST_CHANGE)
        if performed.kind is Kind.TALK:
            limits.at_least(f"SSIM in the figure of {name}", figure, limit=LEAST_SSIM)


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f} dB" for name, value in values.items())


def contact_sheet(rows: Iterable[list[Picture]]) -> Picture:
    """Rows of pictures, evenly spaced in time, one below another."""
    drawn = [np.hstack([_thumbnail(row[at]) for at in _columns(len(row))]) for row in rows]
    width = max(row.shape[1] for row in drawn)
    return np.vstack([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in drawn])


def _columns(frames: int) -> list[int]:
    return [round(at) for at in np.linspace(0, frames - 1, SHEET_COLUMNS + 1)[1:]]


def _thumbnail(picture: Picture) -> Picture:
    width = round(picture.shape[1] * SHEET_HEIGHT / picture.shape[0])
    return cv2.resize(picture, (width, SHEET_HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)


def main() -> None:
    """Parse the arguments, compare, and judge; fail where a figure is beyond its limit."""
    parser = parser_of(__doc__)
    parser.add_argument("--kinds", type=Kind, nargs="+", default=list(Kind))
    parser.add_argument("--height", type=int, default=480, help="of the pictures, in pixels")
    parser.add_argument("--frames", type=int, default=72)
    parser.add_argument("--sheet", type=Path, help="where to write driver, truth, cutout and sheet")
    given = parser.parse_args()
    gains, rows, limits = [], [], Limits()
    for kind in given.kinds:
        performed = play(kind, height=given.height, frames=given.frames)
        gain, made = compare(performed)
        judge_unaided(performed, limits)
        gains.append(gain)
        limits.at_least(f"gain of {performed.kind}, in dB", gain, limit=LEAST_GAIN)
        rows += [performed.driver, [picture for picture, _ in performed.truth], made["cutout"], made["sheet"]]
    print(
        f"gain of the cutout: {min(gains):+.2f} dB at least (wanted {LEAST_GAIN:+g}), "
        f"{statistics.mean(gains):+.2f} dB on average (wanted {LEAST_MEAN_GAIN:+g})"
    )
    if given.sheet:
        Image.fromarray(contact_sheet(rows)).save(given.sheet)
    limits.at_least("gain on average, in dB", statistics.mean(gains), limit=LEAST_MEAN_GAIN)
    limits.end()


if __name__ == "__main__":
    main()
