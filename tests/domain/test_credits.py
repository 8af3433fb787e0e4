import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.credits import Price, Tariff
from rushes.domain.jobs import JobType, Quality
from rushes.domain.options import Resolution

PRICE = Price(
    tariff=Tariff(per_second={Resolution.P480: 5, Resolution.P720: 10}, minimum=7),
    by_type={JobType.UPSCALE: Tariff(per_second={Resolution.P480: 1, Resolution.P720: 3}, minimum=2)},
    quality_percent={Quality.HIGH: 150},
)

tariffs = st.builds(
    Tariff,
    per_second=st.fixed_dictionaries(dict.fromkeys(Resolution, st.integers(0, 10_000))),
    minimum=st.integers(0, 1000),
)
prices = st.builds(
    Price,
    tariff=tariffs,
    by_type=st.dictionaries(st.sampled_from(JobType), tariffs),
    quality_percent=st.dictionaries(st.sampled_from(Quality), st.integers(0, 1000)),
)
job_types = st.sampled_from(JobType)
qualities = st.none() | st.sampled_from(Quality)
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
    price = PRICE.of(job_type=JobType.BASE, quality=None, resolution=resolution, seconds=seconds)

    assert price == expected


@pytest.mark.parametrize(
    ("job_type", "quality", "expected"),
    [
        (JobType.BASE, Quality.FAST, 50),
        (JobType.BASE, Quality.HIGH, 75),
        (JobType.UPSCALE, None, 10),
        (JobType.UPSCALE, Quality.HIGH, 15),
    ],
)
def test_type_and_quality_have_prices_of_their_own(
    job_type: JobType, quality: Quality | None, expected: int
) -> None:
    price = PRICE.of(job_type=job_type, quality=quality, resolution=Resolution.P480, seconds=10.0)

    assert price == expected


@given(prices, job_types, qualities, resolutions, lengths)
def test_price_is_whole_and_at_least_the_minimum(
    price: Price, job_type: JobType, quality: Quality | None, resolution: Resolution, seconds: float
) -> None:
    credits_ = price.of(job_type=job_type, quality=quality, resolution=resolution, seconds=seconds)

    tariff = price.by_type.get(job_type, price.tariff)
    percent = 100 if quality is None else price.quality_percent.get(quality, 100)
    assert isinstance(credits_, int)
    assert credits_ >= tariff.minimum
    assert credits_ * 100 >= math.ceil(seconds) * tariff.per_second[resolution] * percent


@given(prices, job_types, qualities, resolutions, lengths, lengths)
def test_longer_is_never_cheaper(
    price: Price,
    job_type: JobType,
    quality: Quality | None,
    resolution: Resolution,
    one: float,
    other: float,
) -> None:
    short, long = (
        price.of(job_type=job_type, quality=quality, resolution=resolution, seconds=seconds)
        for seconds in sorted([one, other])
    )

    assert short <= long
