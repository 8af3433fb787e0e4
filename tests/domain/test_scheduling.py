from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.scheduling import BACKOFF_LONGEST, backoff

jitters = st.floats(0, 1)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 5), (1, 5), (2, 10), (3, 20), (7, 320), (8, 600), (9, 600), (10_000, 600)]
)
def test_longest_backoff_doubles_up_to_ten_minutes(attempts: int, seconds: float) -> None:
    assert backoff(attempts, jitter=1.0) == timedelta(seconds=seconds)


@given(st.integers(0, 10**9), jitters)
def test_jitter_takes_at_most_half(attempts: int, jitter: float) -> None:
    longest = backoff(attempts, jitter=1.0)

    assert longest / 2 <= backoff(attempts, jitter=jitter) <= longest <= BACKOFF_LONGEST


@given(st.integers(0, 1000), jitters)
def test_later_attempt_never_waits_less(attempts: int, jitter: float) -> None:
    assert backoff(attempts, jitter=jitter) <= backoff(attempts + 1, jitter=jitter)
