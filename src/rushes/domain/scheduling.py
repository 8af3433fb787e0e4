"""When a job that has to wait may run again."""

from datetime import timedelta

BACKOFF_FIRST = timedelta(seconds=5)
BACKOFF_LONGEST = timedelta(minutes=10)

MAX_WORKERS_KILLED = 3
"""A job whose attempts were lost this often is quarantined: it fails, it is not tried again."""


def backoff(attempts: int, *, jitter: float) -> timedelta:
    """Return the wait before the next attempt.

    Exponential with jitter: 5 s · 2ⁿ⁻¹ after the n-th attempt, at most 10 minutes, and of that a share
    between one half and all, chosen by `jitter` (0 to 1).
    """
    doublings = min(max(0, attempts - 1), 16)
    longest = min(BACKOFF_FIRST * 2**doublings, BACKOFF_LONGEST)
    return longest * (0.5 + 0.5 * jitter)
