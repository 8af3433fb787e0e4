"""How long what nobody will ask for again is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The age from which each kind of leftover is removed; docs/explanation/housekeeping.md says why.

    An age is counted from when the thing came to its end: an event from when it happened, a session from when
    it expired, a worker from its last sign of life, an attempt from when it was given up, the
    address of a direct upload from when it ended.
    """

    events: timedelta = timedelta(days=7)
    idempotency_keys: timedelta = timedelta(hours=48)
    sessions: timedelta = timedelta(days=7)
    deliveries: timedelta = timedelta(days=30)
    reports: timedelta = timedelta(days=7)
    workers: timedelta = timedelta(days=7)
    progress: timedelta = timedelta(hours=1)
    uploads: timedelta = timedelta(hours=24)
    upload_addresses: timedelta = timedelta(hours=12)
    lost_attempts: timedelta = timedelta(hours=1)
    unfinished_writes: timedelta = timedelta(days=1)
