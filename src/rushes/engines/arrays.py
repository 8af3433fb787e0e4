"""Names for the arrays of pixels that the engines pass around."""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""A picture in colour: (height, width, 3), RGB, 0 to 255."""

Gray = NDArray[np.uint8]
"""A picture's brightness: (height, width), 0 to 255."""

Field = NDArray[np.float32]
"""A displacement for each pixel: (height, width, 2), x then y, in pixels of its own grid."""
