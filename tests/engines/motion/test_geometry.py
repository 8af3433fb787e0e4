import numpy as np
import pytest

from rushes.engines.motion.geometry import Size, placement, with_short_side


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


def test_placement_is_the_identity_when_sizes_are_equal() -> None:
    size = Size(width=64, height=36)

    scale, matrix = placement(size, size)

    assert scale == 1
    np.testing.assert_allclose(matrix, [[1, 0, 0], [0, 1, 0]])


def test_placement_puts_middle_on_middle_when_shapes_differ() -> None:
    motion, output = Size(width=40, height=80), Size(width=320, height=160)

    scale, matrix = placement(motion, output)

    assert scale == 2
    np.testing.assert_allclose(matrix @ [159.5, 79.5, 1], [19.5, 39.5])
