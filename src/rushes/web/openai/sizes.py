"""The frames that can be asked for, as width and height."""

from enum import StrEnum

from rushes.domain.jobs import Orientation
from rushes.domain.options import Resolution


class Size(StrEnum):
    """A frame of 16:9, lying or standing."""

    LANDSCAPE_480 = "854x480"
    PORTRAIT_480 = "480x854"
    LANDSCAPE_720 = "1280x720"
    PORTRAIT_720 = "720x1280"

    @property
    def orientation(self) -> Orientation:
        """Which side is the longer one."""
        width, height = map(int, self.value.split("x"))
        return Orientation.LANDSCAPE if width > height else Orientation.PORTRAIT

    @property
    def resolution(self) -> Resolution:
        """The height class."""
        return Resolution(f"{min(map(int, self.value.split('x')))}p")


def size_of(resolution: Resolution, orientation: Orientation | None) -> Size:
    """Return the frame that a job asks for; one that leaves the orientation to its model counts as lying."""
    wanted = orientation or Orientation.LANDSCAPE
    return next(size for size in Size if (size.resolution, size.orientation) == (resolution, wanted))
