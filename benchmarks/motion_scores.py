"""How like the truth moved pictures are."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray, Picture

Floats = NDArray[np.float64]

AROUND: Final = 1 / 64
"""How far around the figure is judged too, as a share of the picture's height."""

_PEAK: Final = 255.0
_WINDOW: Final = (11, 11)
_SIGMA: Final = 1.5
_LUMINANCE, _CONTRAST = (0.01 * _PEAK) ** 2, (0.03 * _PEAK) ** 2


def place_of_figure(mask: Gray, at_rest: Gray) -> NDArray[np.bool_]:
    """Return (height, width), where the figure is now, was at rest, or is nearly."""
    side = 2 * max(1, round(mask.shape[0] * AROUND / 2)) + 1
    return cv2.dilate(np.maximum(mask, at_rest), np.ones((side, side), np.uint8)) > 127


def psnr(picture: Picture, truth: Picture, where: NDArray[np.bool_]) -> float:
    """Return the peak signal-to-noise ratio where asked, in dB."""
    error = float(np.mean((picture.astype(np.float64) - truth)[where] ** 2))
    return 10 * float(np.log10(_PEAK**2 / max(error, 1e-9)))


def ssim(picture: Picture, truth: Picture) -> Floats:
    """Return (height, width), the structural similarity of the brightness around each pixel, -1 to 1.

    Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment", 2004, with their Gaussian window.
    """
    first, second = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float64) for each in (picture, truth))
    mean, other_mean = _around(first), _around(second)
    variance = _around(first * first) - mean**2
    other_variance = _around(second * second) - other_mean**2
    covariance = _around(first * second) - mean * other_mean
    luminance = (2 * mean * other_mean + _LUMINANCE) / (mean**2 + other_mean**2 + _LUMINANCE)
    return luminance * (2 * covariance + _CONTRAST) / (variance + other_variance + _CONTRAST)


def change(picture: Picture, still: Picture, where: NDArray[np.bool_]) -> float:
    """Return the mean difference where asked, in grey levels."""
    return float(np.abs(picture.astype(np.float64) - still)[where].mean())


def _around(values: Floats) -> Floats:
    return cv2.GaussianBlur(values, _WINDOW, _SIGMA).astype(np.float64, copy=False)
