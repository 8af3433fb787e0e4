"""A day of a fleet, simulated: fair order, slots, and a database that takes its time for every statement.

    python -m benchmarks.fleet --workers 100 --slots 8 --jobs-per-day 10000000 [--hours 24] [--seed 1]

Nothing is run and no server is needed. A large day is thinned: one k-th of the arrivals, workers, accounts and
of the database, so that every ratio stays. What the costs are and how they were measured: docs/explanation/scale.md.
"""

import argparse
import heapq
import math
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

DAY = 86_400.0
MOST_JOBS = 500_000
"""How many jobs are simulated one by one at the most."""

WINDOW_SECONDS = 600.0
"""Over how long the shares of accounts are compared."""

CONGESTED = 0.8
"""The part of a database that should be used at the most: beyond, waits grow fast."""

MICROSECOND = 1e-6
WEIGHTS = (1, 3)
SLOTS = (2, 10)
"""Of the plans free and pro, as in `rushes.domain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """CPU seconds of the database for each transaction, and the seconds that a commit waits for the disk."""

    submit: float = 2200 * MICROSECOND
    claim: float = 250 * MICROSECOND
    claim_job: float = 190 * MICROSECOND
    settle: float = 1000 * MICROSECOND
    settle_job: float = 800 * MICROSECOND
    renew_job: float = 80 * MICROSECOND
    progress: float = 300 * MICROSECOND
    progress_job: float = 25 * MICROSECOND
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
    service_seconds: float = 2.0
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
    left: int
    most_running: int
    slots: int
    waits: Sequence[float]
    database: float
    database_peak: float
    slots_used: float
    commits_per_second: float
    fairness: Sequence[float | None]
    cost_per_job: float

    def wait(self, quantile: float) -> float:
        """The wait that this part of the jobs did not exceed."""
        return self.waits[min(len(self.waits) - 1, int(quantile * len(self.waits)))] if self.waits else 0.0


def simulate(fleet: Fleet) -> Result:
    """Run the fleet from its first arrival to the end of its hours."""
    return Simulation(*thin(fleet)).run()


def thin(fleet: Fleet) -> tuple[Fleet, int]:
    """Return one k-th of a fleet whose jobs would be too many, and k."""
    expected = fleet.jobs_per_day * fleet.hours / 24
    k = max(1, min(math.ceil(expected / MOST_JOBS), fleet.workers, fleet.accounts))
    small = replace(
        fleet,
        workers=fleet.workers // k,
        accounts=fleet.accounts // k,
        jobs_per_day=fleet.jobs_per_day / k,
        database_cores=fleet.database_cores / k,
    )
    return small, k


def arrivals(fleet: Fleet, rng: random.Random) -> Iterator[float]:
    """The times of a Poisson process whose rate rises once to its peak, in the middle of the hours.

    The curve is a power of a raised cosine; points are thinned as Lewis and Shedler did (1979).
    """
    length = fleet.hours * 3600
    power = curve_power(fleet.peak)
    highest = fleet.jobs_per_day / DAY * fleet.peak
    now = rng.expovariate(highest)
    while now < length:
        height = (0.5 - 0.5 * math.cos(2 * math.pi * now / length)) ** power
        if rng.random() < height:
            yield now
        now += rng.expovariate(highest)


def curve_power(peak: float) -> float:
    """The power of a raised cosine whose highest point is so many times its mean."""
    low, high = 0.0, 1e4
    for _ in range(60):
        middle = (low + high) / 2
        mean = math.exp(math.lgamma(middle + 0.5) - math.lgamma(middle + 1)) / math.sqrt(math.pi)
        low, high = (middle, high) if mean > 1 / peak else (low, middle)
    return low


def jain(shares: Sequence[float]) -> float:
    """Jain's index of fairness (Jain, Chiu, Hawe 1984): 1 if all are equal, 1/n if one has everything."""
    squares = sum(share**2 for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0


class Simulation:
    """Events in the order of their time; `k` says how often the fleet stands for itself."""

    def __init__(self, fleet: Fleet, k: int) -> None:
        self.fleet, self.k = fleet, k
        self.rng = random.Random(fleet.seed)
        pros = round(fleet.accounts * fleet.pro_share)
        plans = [1] * pros + [0] * (fleet.accounts - pros)
        self.accounts = [Account(WEIGHTS[plan], fleet.account_slots[plan]) for plan in plans]
        self.workers = [Worker(fleet.slots) for _ in range(fleet.workers)]
        self.server = Server(max(1e-6, fleet.database_cores - self._background()))
        self.events: list[tuple[float, int, str, int, list[int]]] = []
        self.lane: list[tuple[float, int, int, float, float]] = []
        self.clock, self.number, self.now = 0.0, 0, 0.0
        self.idle = set(range(fleet.workers))
        self.waits: list[float] = []
        self.arrived = self.completed = self.running = self.most_running = 0
        self.busy_seconds = self.peak = 0.0
        self.jains: tuple[list[float], list[float]] = ([], [])

    def run(self) -> Result:
        """Turn until the hours are over."""
        length = self.fleet.hours * 3600
        coming = arrivals(self.fleet, self.rng)
        self._expect(next(coming, length), "arrive", 0)
        self._expect(min(WINDOW_SECONDS, length), "window", 0)
        used = 0.0
        while self.events and self.events[0][0] < length:
            self.now, _, kind, who, jobs = heapq.heappop(self.events)
            if kind == "arrive":
                self._submit(self.rng.randrange(len(self.accounts)))
                self._expect(next(coming, length), "arrive", 0)
            elif kind == "window":
                self.peak = max(self.peak, (self.server.used - used) / WINDOW_SECONDS)
                used = self.server.used
                self._compare_shares()
                self._expect(self.now + WINDOW_SECONDS, "window", 0)
            else:
                getattr(self, f"_{kind}")(who, jobs)
        return self._result(length)

    def _submit(self, who: int) -> None:
        self.arrived += 1
        service = self.rng.lognormvariate(math.log(self.fleet.service_seconds), self.fleet.spread)
        self.accounts[who].pending.append((self.now, service))
        # Admission is part of the same transaction; workers are woken by its commit.
        self._expect(self._commit(self.fleet.costs.submit), "admit", who)

    def _admit(self, who: int, _jobs: list[int]) -> None:
        account = self.accounts[who]
        while account.pending and account.taken < account.slots:
            submitted, service = account.pending.popleft()
            start_tag = max(self.clock, account.finish_tag)
            account.finish_tag = start_tag + max(1, round(service)) / account.weight
            account.taken += 1
            account.queued += 1
            self.number += 1
            heapq.heappush(self.lane, (start_tag, self.number, who, submitted, service))
            self._wake()

    def _wake(self) -> None:
        """Have every worker with a free slot look; all but one look in vain, and their statements cost too."""
        idle = len(self.idle)
        if not idle:
            return
        self.server.take(self.now, (idle * self.k - 1) * self.fleet.costs.claim)
        self.server.transactions += idle * self.k - 2
        self._start_claim(next(iter(self.idle)))

    def _start_claim(self, who: int) -> None:
        worker = self.workers[who]
        if worker.is_claiming or not worker.free:
            return
        worker.is_claiming = True
        self.idle.discard(who)
        count = min(worker.free, max(1, len(self.lane)))
        cost = self.fleet.costs.claim + count * self.fleet.costs.claim_job
        self._expect(self._commit(cost), "claimed", who)

    def _claimed(self, who: int, _jobs: list[int]) -> None:
        worker = self.workers[who]
        worker.is_claiming = False
        while worker.free and self.lane:
            self._start(worker, who)
        if not worker.free:
            return
        self.idle.add(who)

    def _start(self, worker: Worker, who: int) -> None:
        tag, _, owner, submitted, service = heapq.heappop(self.lane)
        self.clock = max(self.clock, tag)
        account = self.accounts[owner]
        account.queued -= 1
        account.served += max(1, round(service)) / account.weight
        account.waited_throughout &= bool(account.queued or account.pending)
        worker.free -= 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.waits.append(self.now - submitted)
        self.busy_seconds += service
        self._expect(self.now + service, "end", who, [owner])

    def _end(self, who: int, jobs: list[int]) -> None:
        worker = self.workers[who]
        worker.ended += jobs
        if not worker.is_settling:
            self._settle(who)

    def _settle(self, who: int) -> None:
        """Settle all that has ended; what ends meanwhile goes into the next transaction."""
        worker = self.workers[who]
        batch, worker.ended = worker.ended, []
        worker.is_settling = True
        cost = self.fleet.costs.settle + len(batch) * self.fleet.costs.settle_job
        self._expect(self._commit(cost), "settled", who, batch)

    def _settled(self, who: int, jobs: list[int]) -> None:
        worker = self.workers[who]
        worker.is_settling = False
        worker.free += len(jobs)
        self.running -= len(jobs)
        self.completed += len(jobs)
        if worker.ended:
            self._settle(who)
        self._start_claim(who)
        for owner in jobs:
            self.accounts[owner].taken -= 1
            self._admit(owner, [])
