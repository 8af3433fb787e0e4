import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.credits import Price
from rushes.domain.options import Resolution

PRICE = Price(per_second={Resolution.P480: 5, Resolution.P720: 10}, minimum=7)

prices = st.builds(
    Price,
    per_second=st.fixed_dictionaries(dict.fromkeys(Resolution, st.integers(0, 10_000))),
    minimum=st.integers(0, 1000),
)
lengths = st.floats(0, 100_000, allow_nan=False)
resolutions = st.sampled_from(Resolution)


@pytest.mark.parametrize(
    ("resolution", "seconds", "expected"),
    [
        (Resolution.P480, 0.0, 7),
        (Resolution.P480, 1.0, 7),
        (Resolution.P480, 2.0, 10),
        (Resolution.P480, 2.001, 15),
        (Resolution.P720, 0.04, 10),
        (Resolution.P720, 60.0, 600),
    ],
)
def test_started_seconds_count_whole(resolution: Resolution, seconds: float, expected: int) -> None:
    assert PRICE.of(resolution=resolution, seconds=seconds) == expected


@given(prices, resolutions, lengths)
def test_price_is_whole_and_at_least_the_minimum(
    price: Price, resolution: Resolution, seconds: float
) -> None:
    credits_ = price.of(resolution=resolution, seconds=seconds)

    assert isinstance(credits_, int)
    assert credits_ == max(price.minimum, math.ceil(seconds) * price.per_second[resolution])


@given(prices, resolutions, lengths, lengths)
def test_longer_is_never_cheaper(price: Price, resolution: Resolution, one: float, other: float) -> None:
    short, long = sorted([one, other])

    assert price.of(resolution=resolution, seconds=short) <= price.of(resolution=resolution, seconds=long)
