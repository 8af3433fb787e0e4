"""The terms of camera, light and style that a prompt can be expanded by."""

from collections.abc import Mapping, Sequence

VOCABULARY: Mapping[str, Sequence[str]] = {
    "camera": (
        "close-up",
        "wide shot",
        "medium shot",
        "low angle",
        "high angle",
        "aerial view",
        "tracking shot",
        "slow dolly in",
        "handheld camera",
        "shallow depth of field",
        "over the shoulder",
        "static frame",
    ),
    "light": (
        "golden hour",
        "soft diffused light",
        "backlight",
        "rim light",
        "overcast daylight",
        "candlelight",
        "neon light",
        "moonlight",
        "hard side light",
        "volumetric light",
        "warm lamplight",
        "early morning mist",
    ),
    "style": (
        "cinematic",
        "documentary",
        "film grain",
        "anamorphic lens",
        "watercolour",
        "stop motion",
        "black and white",
        "muted colours",
        "vivid colours",
        "photorealistic",
        "hand-drawn animation",
        "35 mm film",
    ),
}
"""By what each term speaks of; a prompt that has one of a kind gets no other of it."""
