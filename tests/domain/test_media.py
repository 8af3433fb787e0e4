from dataclasses import replace
from typing import Any

import pytest

from rushes.domain.media import (
    EXTENSIONS,
    INPUT_BUCKETS,
    INPUT_TYPES,
    MediaKind,
    MediaLimits,
    Probe,
    kind_of,
    require_within,
)
from rushes.errors import MediaRejected

LIMITS = MediaLimits(pixels=1_000_000, side=2000, min_side=16, duration_seconds=10, frames=100)
FILM = Probe(media_type="video/mp4", width=640, height=480, duration_seconds=2, fps=8, frames=16)
PICTURE = Probe(media_type="image/png", width=640, height=480)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"width": 16, "height": 16},
        {"width": 2000, "height": 500},
        {"width": 1000, "height": 1000},
        {"duration_seconds": 10},
        {"frames": 100},
        {"duration_seconds": None, "frames": None},
    ],
)
def test_media_within_the_limits_pass(changes: dict[str, Any]) -> None:
    require_within(replace(FILM, **changes), LIMITS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"width": 15}, "each side must have 16"),
        ({"height": 15}, "each side must have 16"),
        ({"width": 2001, "height": 16}, "at most 2000 pixels a side"),
        ({"width": 1001, "height": 1000}, "1 megapixels"),
        ({"duration_seconds": 10.1}, "lasts 10.1 s"),
        ({"frames": 101}, "has 101 frames"),
    ],
)
def test_media_outside_the_limits_are_rejected(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(MediaRejected, match=reason):
        require_within(replace(FILM, **changes), LIMITS)


def test_picture_has_no_length() -> None:
    require_within(PICTURE, LIMITS)


@pytest.mark.parametrize("media_type", EXTENSIONS)
def test_every_accepted_type_has_a_kind_and_a_limit(media_type: str) -> None:
    assert LIMITS.bytes_of(kind_of(media_type)) > 0


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        (MediaKind.IMAGE, LIMITS.image_bytes),
        (MediaKind.VIDEO, LIMITS.video_bytes),
        (MediaKind.AUDIO, LIMITS.audio_bytes),
        (MediaKind.TEXT, LIMITS.text_bytes),
        (MediaKind.ARCHIVE, LIMITS.archive_bytes),
    ],
)
def test_size_limit_is_that_of_the_kind(kind: MediaKind, size: int) -> None:
    assert LIMITS.bytes_of(kind) == size


def test_every_role_of_an_upload_has_a_bucket() -> None:
    assert set(INPUT_BUCKETS) == set(INPUT_TYPES)
