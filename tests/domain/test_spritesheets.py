import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.spritesheets import grid_of


@pytest.mark.parametrize(
    ("frames", "grid"),
    [
        (0, (1, 1)),
        (1, (1, 1)),
        (4, (4, 1)),
        (5, (5, 1)),
        (9, (5, 1)),
        (10, (5, 2)),
        (19, (5, 3)),
        (20, (5, 4)),
        (36_000, (5, 4)),
    ],
)
def test_grid_is_full_and_at_most_five_by_four(frames: int, grid: tuple[int, int]) -> None:
    assert grid_of(frames) == grid


@given(st.integers(min_value=1, max_value=10**9))
def test_sheet_of_as_many_tiles_has_the_same_grid(frames: int) -> None:
    grid = grid_of(frames)

    assert grid_of(grid.tiles) == grid
    assert grid.tiles <= frames
