import pytest

from rushes.engines.media.sizes import Size, with_short_side


@pytest.mark.parametrize(
    ("width", "height", "short_side", "expected"),
    [
        (854, 480, 480, (854, 480)),
        (480, 854, 480, (480, 854)),
        (1920, 1080, 720, (1280, 720)),
        (333, 217, 480, (736, 480)),
        (1000, 1000, 720, (720, 720)),
    ],
)
def test_size_keeps_the_shape_when_the_short_side_is_given(
    width: int, height: int, short_side: int, expected: tuple[int, int]
) -> None:
    size = with_short_side(Size(width=width, height=height), short_side)

    assert (size.width, size.height) == expected
