from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.webhooks import (
    RETRY_FIRST,
    RETRY_LONGEST,
    WebhookEvent,
    description_problem,
    events_problem,
    next_try,
    url_problem,
)

TRIES = st.integers(min_value=1, max_value=10_000)
JITTER = st.floats(min_value=0, max_value=1)
DAY = timedelta(hours=24)


@given(TRIES, JITTER)
def test_wait_is_within_its_limits(tries: int, jitter: float) -> None:
    wait = next_try(tries, jitter=jitter)

    assert RETRY_FIRST / 2 <= wait <= RETRY_LONGEST


@given(TRIES, JITTER)
def test_wait_never_shrinks_with_the_tries(tries: int, jitter: float) -> None:
    assert next_try(tries, jitter=jitter) <= next_try(tries + 1, jitter=jitter)


@given(st.lists(JITTER, min_size=60, max_size=60))
def test_a_day_of_tries_is_some_dozens(jitters: list[float]) -> None:
    moments = [
        sum((next_try(n, jitter=j) for n, j in enumerate(jitters[:k], 1)), timedelta()) for k in range(61)
    ]

    within_a_day = sum(moment <= DAY for moment in moments)

    assert 30 <= within_a_day <= 60


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hooks",
        "http://example.org",
        "https://example.org:8443/a?b=c",
        "http://10.0.0.1/",
        "http://[::1]:80/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_url_of_the_web_is_taken(url: str) -> None:
    assert url_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "HTTPS://example.org/",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://example.org@127.0.0.1/",
        "http://example.org\\@127.0.0.1/",
        "http://example.org/a b",
        "http://example.org/\n",
        "http://exa\tmple.org/",
        "http://bücher.example/",
        "http://example.org/#part",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://[::1/",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_other_url_is_refused_by_the_name_of_its_field(url: str) -> None:
    problem = url_problem(url, field="endpoint.url")

    assert problem is not None
    assert problem.field == "endpoint.url"


def test_all_events_can_be_chosen() -> None:
    assert events_problem(list(WebhookEvent)) is None


@pytest.mark.parametrize("events", [[], ["job.born"], ["job.completed", "webhook.test"]])
def test_unknown_or_no_events_are_refused(events: list[str]) -> None:
    problem = events_problem(events)

    assert problem is not None
    assert problem.field == "events"


@pytest.mark.parametrize("text", [None, "", "a" * 200, "für den Laden"])
def test_short_description_is_taken(text: str | None) -> None:
    assert description_problem(text) is None


@pytest.mark.parametrize("text", ["a" * 201, "two\nlines", "\0", "\ud800"])
def test_long_or_unprintable_description_is_refused(text: str) -> None:
    problem = description_problem(text)

    assert problem is not None
    assert problem.field == "description"
