"""The events of a simulated fleet, one after the other."""

import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.fleet_values import WEIGHTS, Account, Fleet, Result, Server, Worker

DAY = 86_400.0
MOST_JOBS = 500_000
"""How many jobs are simulated one by one at the most."""

WINDOW_SECONDS = 600.0
"""Over how long the shares of accounts are compared."""

FEWEST_COMPARED = 5
PROGRESS_PER_SECOND = 4.0
RENEW_SECONDS = 10.0


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
        """Begin with nothing to do, at the first moment."""
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
        self.busy_seconds = self.peak = self.vain = self.used_before = 0.0
        self.jains: tuple[list[float], list[float]] = ([], [])

    def run(self) -> Result:
        """Turn until the hours are over."""
        length = self.fleet.hours * 3600
        coming = arrivals(self.fleet, self.rng)
        self._expect(next(coming, length), "arrive", 0)
        self._expect(min(WINDOW_SECONDS, length), "window", 0)
        turns = {
            "submitted": self._submitted,
            "claimed": self._claimed,
            "end": self._end,
            "settled": self._settled,
        }
        while self.events and self.events[0][0] < length:
            self.now, _, kind, who, jobs = heapq.heappop(self.events)
            if kind == "arrive":
                self._submit(self.rng.randrange(len(self.accounts)))
                self._expect(next(coming, length), "arrive", 0)
            elif kind == "window":
                self._compare_shares()
                self._expect(self.now + WINDOW_SECONDS, "window", 0)
            else:
                turns[kind](who, jobs)
        return self._result(length)

    def _submit(self, who: int) -> None:
        self.arrived += 1
        service = self.rng.lognormvariate(math.log(self.fleet.service_seconds), self.fleet.spread)
        self.accounts[who].arriving.append((self.now, service))
        # Admission is part of the same transaction; workers are woken by its commit.
        self._expect(self._commit(self.fleet.costs.submit), "submitted", who)

    def _submitted(self, who: int, _jobs: list[int]) -> None:
        account = self.accounts[who]
        account.pending.append(account.arriving.popleft())
        self._admit(account, who)

    def _admit(self, account: Account, who: int) -> None:
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
        """Have every worker with a free slot look; all but one look in vain, at a cost."""
        idle = len(self.idle)
        if not idle:
            return
        in_vain = idle * self.k - 1
        cost = in_vain * self.fleet.costs.claim_in_vain
        self.server.take(self.now, cost)
        self.server.transactions += in_vain - 1
        self.vain += cost
        self._start_claim(next(iter(self.idle)))

    def _start_claim(self, who: int) -> None:
        worker = self.workers[who]
        if worker.is_claiming or not worker.free:
            return
        worker.is_claiming = True
        self.idle.discard(who)
        count = min(worker.free, len(self.lane))
        costs = self.fleet.costs
        cost = costs.claim + count * costs.claim_job if count else costs.claim_in_vain
        self._expect(self._commit(cost), "claimed", who)

    def _claimed(self, who: int, _jobs: list[int]) -> None:
        worker = self.workers[who]
        worker.is_claiming = False
        while worker.free and self.lane:
            self._start(worker, who)
        if worker.free:
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
            self._admit(self.accounts[owner], owner)

    def _expect(self, at: float, kind: str, who: int, jobs: Sequence[int] = ()) -> None:
        self.number += 1
        heapq.heappush(self.events, (at, self.number, kind, who, list(jobs)))

    def _commit(self, cost: float) -> float:
        return self.server.take(self.now, cost) + self.fleet.costs.commit_wait

    def _background(self) -> float:
        """The cores that workers use without a job's doing: renewals, progress, loops; all slots taken."""
        costs, slots = self.fleet.costs, self.fleet.slots
        progress = (costs.progress + slots * costs.progress_job) * PROGRESS_PER_SECOND
        renewals = (costs.renew + slots * costs.renew_job) / RENEW_SECONDS
        return self.fleet.workers * (progress + renewals + costs.loops)

    def _compare_shares(self) -> None:
        """End a window: compare what accounts that waited throughout got, among those of one plan."""
        self.peak = max(self.peak, (self.server.used - self.used_before) / WINDOW_SECONDS)
        self.used_before = self.server.used
        for plan, weight in enumerate(WEIGHTS):
            shares = [one.served for one in self.accounts if one.weight == weight and one.waited_throughout]
            if len(shares) >= FEWEST_COMPARED:
                self.jains[plan].append(jain(shares))
        for one in self.accounts:
            one.served, one.waited_throughout = 0.0, bool(one.queued or one.pending)

    def _result(self, length: float) -> Result:
        slots = self.fleet.workers * self.fleet.slots
        background = self._background()
        cores = self.fleet.database_cores
        return Result(
            thinned=self.k,
            arrived=self.arrived,
            completed=self.completed,
            unfinished=self.running
            + sum(len(one.arriving) + len(one.pending) + one.queued for one in self.accounts),
            most_running=self.most_running,
            slots=slots,
            mean_running=self.busy_seconds / length,
            waits=sorted(self.waits),
            database=(self.server.used / length + background) / cores,
            database_peak=(self.peak + background) / cores,
            background=background / cores,
            commits_per_second=self.server.transactions / length * self.k,
            fairness=[sum(found) / len(found) if found else None for found in self.jains],
            cost_per_job=(self.server.used - self.vain) / max(1, self.completed),
            vain=self.vain / length / cores,
        )
