from datetime import UTC, datetime, timedelta

import pytest

from rushes.web.durations import since_in_words

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1m ago"),
        (timedelta(minutes=59, seconds=59), "59m ago"),
        (timedelta(hours=1), "1h ago"),
        (timedelta(days=6, hours=23), "6d ago"),
        (timedelta(days=7), "14 Nov 2026"),
        (timedelta(seconds=-3), "just now"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(age: timedelta, words: str) -> None:
    assert since_in_words(NOW - age, now=NOW) == words
