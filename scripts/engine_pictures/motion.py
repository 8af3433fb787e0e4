"""The picture of the motion engine's page: a driver, what was to come out, and what does."""

from dataclasses import replace

from PIL import Image

from benchmarks.motion_quality import play
from rushes.domain.options import MotionMode
from rushes.engines.media.sizes import size_of
from rushes.engines.motion.analyser import Hints
from scripts.engine_pictures.sheets import sheet
from tests.engines.rig.poses import Kind

SHOWN = (0, 7, 14, 21, 28)
HEIGHT = 360


def transfer() -> Image.Image:
    """Show a driver that waves, the truth, and both modes with a mask given, one below another."""
    performed = play(Kind.WAVE, height=HEIGHT, frames=SHOWN[-1] + 1)
    analysis = performed.analysis(Hints(mask=performed.at_rest))
    placement = performed.rig.placement(size_of(performed.driver[0]))
    aligned = replace(analysis, placement=placement)
    rows = [
        performed.driver,
        [picture for picture, _ in performed.truth],
        performed.moved(aligned, MotionMode.CUTOUT),
        performed.moved(aligned, MotionMode.SHEET),
    ]
    return sheet([[row[at] for at in SHOWN] for row in rows], height=HEIGHT // 2)
