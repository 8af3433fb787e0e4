"""Draws natural-like pictures that move: leaves of all sizes on cloudy ground."""

import cv2
import numpy as np
from numpy.typing import NDArray

Pictures = list[NDArray[np.uint8]]


def leaves(width: int, height: int, *, seed: int = 1) -> NDArray[np.uint8]:
    """Return a picture with a natural one's edges and spectrum, (height, width, 3).

    A. B. Lee, D. Mumford, J. Huang, "Occlusion Models for Natural Images", IJCV 41, 2001; and 1/f noise.
    """
    rng = np.random.default_rng(seed)
    picture = np.full((2 * height, 2 * width, 3), 128, np.uint8)
    for _ in range(width * height // 150):
        radius = min(height, round(4 / np.sqrt(max(rng.random(), 1e-4))))
        place = (int(rng.integers(2 * width)), int(rng.integers(2 * height)))
        cv2.circle(picture, place, radius, rng.uniform(20, 235, 3).tolist(), cv2.FILLED)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.clip(small + 12 * _clouds(width, height, rng)[..., None], 0, 255).astype(np.uint8)


def swaying(
    frames: int, *, period: float, width: int = 192, height: int = 112, drift: float = 0.0
) -> Pictures:
    """Return leaves that sway once in `period` frames, and wander by `drift` pixels a frame."""
    ground = leaves(width + 64, height + 48, seed=5)
    rows, columns = np.indices((height, width), np.float32)
    moves = [2 * np.pi * index / period for index in range(frames)]
    return [
        cv2.remap(
            ground,
            columns + 32 + drift * index + np.float32(4) * np.sin(np.float32(move) + rows / 23),
            rows + 24 + np.float32(4) * np.cos(np.float32(move) + columns / 31),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        )
        for index, move in enumerate(moves)
    ]


def _clouds(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])
    frequency[0, 0] = 1
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((height, width))) / frequency**1.2).real
    return ((noise - noise.mean()) / noise.std()).astype(np.float32)
