from datetime import timedelta

import pytest

from rushes.domain.waiting import marks_interval


@pytest.mark.parametrize(("depth", "seconds"), [(0, 10), (100_000, 10), (300_000, 30), (3_000_000, 300)])
def test_marks_of_deeper_lanes_are_kept_longer(depth: int, seconds: int) -> None:
    assert marks_interval(depth) == timedelta(seconds=seconds)
