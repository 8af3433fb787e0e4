"""What a simulated fleet is made of, and what its statements cost."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

MICROSECOND = 1e-6
PLANS = ("free", "pro")
WEIGHTS = (1, 3)
SLOTS = (2, 10)
"""Of these plans, as in `rushes.domain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """CPU seconds of the database for each transaction; seconds that a commit waits for the disk.

    A transaction with jobs costs its base and so much for each of them; `loops` is what a worker's other
    loops cost in a second. docs/explanation/scale.md says how they were measured.
    """

    submit: float = 2360 * MICROSECOND
    claim_in_vain: float = 160 * MICROSECOND
    claim: float = 870 * MICROSECOND
    claim_job: float = 100 * MICROSECOND
    settle: float = 3800 * MICROSECOND
    settle_job: float = 250 * MICROSECOND
    renew: float = 500 * MICROSECOND
    renew_job: float = 38 * MICROSECOND
    progress: float = 130 * MICROSECOND
    progress_job: float = 10 * MICROSECOND
    loops: float = 500 * MICROSECOND
    commit_wait: float = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What is simulated. `service_seconds` is the median of a job; `spread` the sigma of its logarithm."""

    workers: int
    slots: int
    jobs_per_day: float
    hours: float = 24.0
    seed: int = 1
    peak: float = 5.0
    accounts: int = 1000
    pro_share: float = 0.25
    account_slots: tuple[int, int] = SLOTS
    service_seconds: float = 1.0
    spread: float = 0.6
    database_cores: float = 8.0
    costs: Costs = Costs()

    @property
    def mean_service(self) -> float:
        """The mean of the log-normal service time, in seconds."""
        return self.service_seconds * math.exp(self.spread**2 / 2)


@dataclass(slots=True)
class Account:
    """One account: its weight, its slots, and what of its waits where."""

    weight: int
    slots: int
    arriving: deque[tuple[float, float]] = field(default_factory=deque[tuple[float, float]])
    pending: deque[tuple[float, float]] = field(default_factory=deque[tuple[float, float]])
    taken: int = 0
    queued: int = 0
    finish_tag: float = 0.0
    served: float = 0.0
    waited_throughout: bool = False


@dataclass(slots=True)
class Worker:
    """One worker: its free slots, what it does with the database, and the endings it has not settled."""

    free: int
    is_claiming: bool = False
    is_settling: bool = False
    ended: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Server:
    """A database as a fluid: work flows in by transactions, and out with all its cores."""

    cores: float
    work: float = 0.0
    seen_at: float = 0.0
    used: float = 0.0
    transactions: int = 0

    def take(self, now: float, cost: float) -> float:
        """Take a transaction in; return when its statements are done."""
        self.work = max(0.0, self.work - (now - self.seen_at) * self.cores)
        self.seen_at = now
        begins = now + self.work / self.cores
        self.work += cost
        self.used += cost
        self.transactions += 1
        return begins + cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came out; waits in seconds from submit to start, shares and utilisations from 0 to 1."""

    thinned: int
    arrived: int
    completed: int
    unfinished: int
    most_running: int
    slots: int
    mean_running: float
    waits: Sequence[float]
    database: float
    database_peak: float
    background: float
    vain: float
    commits_per_second: float
    fairness: Sequence[float | None]
    cost_per_job: float

    def wait(self, quantile: float) -> float:
        """The wait that this part of the jobs did not exceed."""
        return self.waits[min(len(self.waits) - 1, int(quantile * len(self.waits)))] if self.waits else 0.0
