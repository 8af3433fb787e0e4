import gc
from pathlib import Path

import numpy as np
import pytest

from rushes.engines.motion.analyser import analyse
from rushes.engines.motion.rows import Rows
from tests.engines.motion.media import shifting


def rows(folder: Path, *, count: int) -> Rows:
    made = Rows((4, 2), folder=folder)
    for number in range(count):
        made.append(np.full((4, 2), number, np.float32))
    return made


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_rows_are_read_back_in_any_order(tmp_path: Path) -> None:
    made = rows(tmp_path, count=3)

    assert len(made) == 3
    assert [float(made[number][3, 1]) for number in (2, 0, 1, -1, -3)] == [2, 0, 1, 2, 0]


def test_rows_may_be_added_after_some_were_read(tmp_path: Path) -> None:
    made = rows(tmp_path, count=2)

    first = made[0]
    made.append(np.full((4, 2), 9, np.float32))

    assert (first == 0).all()
    assert [float(made[number][0, 0]) for number in range(3)] == [0, 1, 9]


@pytest.mark.parametrize("number", [2, -3])
def test_a_row_that_is_not_there_is_an_error(tmp_path: Path, number: int) -> None:
    with pytest.raises(IndexError):
        rows(tmp_path, count=2)[number]


def test_a_row_of_another_shape_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        rows(tmp_path, count=1).append(np.zeros((4, 3), np.float32))


def test_nothing_lies_in_the_folder(tmp_path: Path) -> None:
    made = rows(tmp_path, count=2)

    assert list(tmp_path.iterdir()) == []
    assert len(made) == 2


def test_the_file_is_closed_when_nobody_holds_the_rows(tmp_path: Path) -> None:
    gc.collect()
    before = open_files()
    made = rows(tmp_path, count=1)
    assert open_files() == before + 1

    del made
    gc.collect()

    assert open_files() == before


def test_the_tracks_of_an_analysis_are_on_disk(tmp_path: Path) -> None:
    frames = shifting(160, 120, frames=3, step=2)

    found = analyse(frames[0], frames, workdir=tmp_path, on_frame=lambda _: None)

    assert isinstance(found.tracks.offsets, Rows)
    assert isinstance(found.tracks.weights, Rows)
