"""A motion video, a reference picture, and what the one must make of the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import Size
from rushes.engines.motion.analysis import PlacedBy, Similarity
from tests.engines.rig.figure import DRIVER, REFERENCE
from tests.engines.rig.poses import REST, Kind, pose
from tests.engines.rig.rendering import Stage

FPS = 24
WIDE = 16 / 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Two figures of different looks, sizes and places that can be given the same motion."""

    driver: Stage
    reference: Stage

    def motion(self, kind: Kind, *, frames: int) -> Iterator[Picture]:
        """Yield the motion video."""
        for frame in range(frames):
            yield self.driver.draw(pose(kind, frame / FPS))[0]

    def motion_mask(self) -> Gray:
        """Return where the driver is in the motion video's first frame."""
        return self.driver.draw(REST)[1]

    def still(self) -> tuple[Picture, Gray]:
        """Return the reference picture and the mask of its figure."""
        return self.reference.draw(REST)

    def truth(self, kind: Kind, *, frames: int) -> Iterator[tuple[Picture, Gray]]:
        """Yield the reference figure as it moves, with its masks."""
        for frame in range(frames):
            yield self.reference.draw(pose(kind, frame / FPS))

    def placement(self, analysed: Size) -> Similarity:
        """Return where the driver, in frames of the given size, lies on the reference: the truth."""
        driver, reference = self.driver, self.reference
        larger = driver.size.height / analysed.height
        scale = reference.scale * reference.size.height / (driver.scale * driver.size.height)
        # Places are counted from pixel centres, which half a pixel's shift allows for.
        origin = np.array([driver.centre * driver.size.width, driver.base * driver.size.height])
        goal = np.array([reference.centre * reference.size.width, reference.base * reference.size.height])
        shift = goal - scale * origin + (scale * larger - 1) / 2
        return Similarity(scale=scale * larger, shift=shift, method=PlacedBy.BOXES)

    def with_reference(self, size: Size) -> "Rig":
        """Return the same with another size of the reference."""
        return replace(self, reference=replace(self.reference, size=size))


def rig(height: int = 480) -> Rig:
    """Return the rig in wide pictures of the given height."""
    size = Size(width=2 * round(height * WIDE / 2), height=height)
    return Rig(
        driver=Stage(size=size, look=DRIVER, seed=1, scale=1.2, centre=0.5, base=1.05),
        reference=Stage(size=size, look=REFERENCE, seed=7, scale=1.05, centre=0.42, base=1.0),
    )
