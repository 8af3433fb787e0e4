import pytest

from rushes.domain.posters import poster_size


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), (512, 288)),
        ((1080, 1920), (288, 512)),
        ((288, 300), (288, 300)),
        ((64, 48), (64, 48)),
        ((8192, 16), (8192, 16)),
    ],
)
def test_short_side_of_a_poster_has_at_most_288_pixels(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert poster_size(*size) == expected
