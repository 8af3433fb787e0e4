"""When a job that has to wait may run again, and how an account's jobs are spaced among those of others."""

from collections.abc import Mapping
from datetime import timedelta

from rushes.domain.accounts import Plan

BACKOFF_FIRST = timedelta(seconds=5)
BACKOFF_LONGEST = timedelta(minutes=10)

MAX_WORKERS_KILLED = 3
"""A job whose attempts were lost this often is quarantined: it fails, it is not tried again."""

WEIGHTS: Mapping[Plan, int] = {Plan.FREE: 1, Plan.PRO: 3}
"""The share of a busy lane that an account gets, relative to the others that want it."""

TAG_UNIT = 1_000_000
"""Virtual time is counted in millionths of a credit, so that a cost can be divided by a weight."""


def backoff(attempts: int, *, jitter: float) -> timedelta:
    """Return the wait before the next attempt.

    Exponential with jitter: 5 s · 2ⁿ⁻¹ after the n-th attempt, at most 10 minutes, and of that a share
    between one half and all, chosen by `jitter` (0 to 1).
    """
    doublings = min(max(0, attempts - 1), 16)
    longest = min(BACKOFF_FIRST * 2**doublings, BACKOFF_LONGEST)
    return longest * (0.5 + 0.5 * jitter)


def tag_per_credit(plan: Plan) -> int:
    """Return how far one credit's worth of work moves the account's jobs back, in units of virtual time.

    In start-time fair queuing (Goyal, Vin, Cheng 1996) a job's finish tag is its start tag plus its cost
    divided by the weight of who asks for it.
    """
    return TAG_UNIT // WEIGHTS[plan]
