"""The stills that stand for uploads in lists: how large one is, and what it is as a file."""

from dataclasses import replace
from typing import Final

from rushes.domain.media import Asset, AssetRole, Probe

POSTER_TYPE: Final = "image/webp"

_SHORT_SIDE: Final = 288


def poster_size(width: int, height: int) -> tuple[int, int]:
    """Return the pixels of a still of what is shown with so many: small ones stay as they are."""
    scale = min(1.0, _SHORT_SIDE / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def poster_of(upload: Asset) -> Asset | None:
    """Return the still of an upload, with the id of the upload; `None` if it has none."""
    if upload.poster_key is None or upload.probe is None:
        return None
    width, height = poster_size(upload.probe.width, upload.probe.height)
    return replace(
        upload,
        role=AssetRole.POSTER,
        key=upload.poster_key,
        media_type=POSTER_TYPE,
        bytes=None,
        sha256=None,
        probe=Probe(
            media_type=POSTER_TYPE,
            width=width,
            height=height,
            codec="webp",
            thumbhash=upload.probe.thumbhash,
        ),
    )
