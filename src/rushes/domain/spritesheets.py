"""How the tiles of a spritesheet are laid out."""

from typing import Final, NamedTuple

MOST_COLUMNS: Final = 5
MOST_ROWS: Final = 4


class Grid(NamedTuple):
    """A sheet's tiles: in reading order, and every row is full."""

    columns: int
    rows: int

    @property
    def tiles(self) -> int:
        """How many there are."""
        return self.columns * self.rows


def grid_of(frames: int) -> Grid:
    """Return the largest grid that a film of so many frames fills; a sheet of so many tiles has the same."""
    columns = min(max(1, frames), MOST_COLUMNS)
    return Grid(columns=columns, rows=min(max(1, frames) // columns, MOST_ROWS))
