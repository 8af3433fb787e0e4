"""What this process counts of its own requests, and what it adds up of all jobs since it began."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

import prometheus_client
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from rushes.db.metrics import Active, Ended

BOUNDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Upper ends of the buckets of waits and runs, in seconds."""

_HTTP_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class HttpInstruments:
    """Requests by method, route and status, and how long each route takes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin at nothing."""
        self._requests = prometheus_client.Counter(
            "rushes_http_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = prometheus_client.Histogram(
            "rushes_http_request_seconds",
            "Time to the last byte of the answer.",
            ("method", "route"),
            buckets=_HTTP_BOUNDS,
            registry=registry,
        )

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; the status is 0 if there was no answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


@dataclass(slots=True)
class Distribution:
    """Seconds in buckets; `counts` has one more than there are bounds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, bucket: int, *, jobs: int, seconds: float) -> None:
        """Add jobs of one bucket, and the sum of their seconds."""
        self.counts[bucket] += jobs
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return the cumulated buckets, as the format has them."""
        names = [*(str(bound) for bound in BOUNDS), "+Inf"]
        return list(zip(names, map(float, accumulate(self.counts)), strict=True))


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """What the database said when it was last asked."""

    active: list[Active]
    deliveries: Mapping[str, int]
    workers: Mapping[str, tuple[int, int]]


class FleetInstruments(Collector):
    """Jobs, attempts and workers of the whole installation; every web process shows the same ones."""

    def __init__(self) -> None:
        """Begin at nothing; without a snapshot the database counts as away."""
        self.snapshot: Snapshot | None = None
        self._ended: Counter[tuple[str, str, str]] = Counter()
        self._attempts: Counter[str] = Counter()
        self._waits: dict[str, Distribution] = {}
        self._runs: dict[str, Distribution] = {}

    def add(self, ended: Iterable[Ended], unsuccessful: Mapping[str, int]) -> None:
        """Add what ended since the last time."""
        for one in ended:
            self._ended[one.lane, one.job_type, one.status] += one.jobs
            if one.status == "completed":
                # A job completes by one attempt that succeeded.
                self._attempts["succeeded"] += one.jobs
            if one.wait_bucket is not None:
                waits = self._waits.setdefault(one.lane, Distribution())
                waits.add(one.wait_bucket, jobs=one.jobs, seconds=one.wait_seconds)
            if one.run_bucket is not None:
                runs = self._runs.setdefault(one.job_type, Distribution())
                runs.add(one.run_bucket, jobs=one.jobs, seconds=one.run_seconds)
        self._attempts.update(unsuccessful)

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        up = GaugeMetricFamily("rushes_database_up", "Whether the database answered.")
        up.add_metric([], float(self.snapshot is not None))
        yield up
        if self.snapshot is not None:
            yield from _active(self.snapshot.active)
            yield from _workers(self.snapshot)
            yield _deliveries(self.snapshot.deliveries)
        yield from self._totals()

    def _totals(self) -> Iterator[Metric]:
        ended = CounterMetricFamily(
            "rushes_jobs_ended", "Jobs that ended.", labels=("lane", "job_type", "status")
        )
        for labels, jobs in self._ended.items():
            ended.add_metric(labels, jobs)
        yield ended
        attempts = CounterMetricFamily("rushes_attempts", "Attempts that ended.", labels=("outcome",))
        for outcome in ("succeeded", "retry", "failed", "cancelled", "lost"):
            attempts.add_metric([outcome], self._attempts[outcome])
        yield attempts
        lost = CounterMetricFamily("rushes_leases_lost", "Attempts whose worker fell silent.")
        lost.add_metric([], self._attempts["lost"])
        yield lost
        yield _histogram("rushes_job_wait_seconds", "From queued to the first attempt.", "lane", self._waits)
        yield _histogram("rushes_job_run_seconds", "Of completed jobs' last attempt.", "job_type", self._runs)


def make_registry(fleet: FleetInstruments) -> CollectorRegistry:
    """Return a registry with the fleet's instruments and those of the process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(fleet)
    return registry


def _active(active: Iterable[Active]) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("rushes_jobs", "Jobs that can still change.", labels=("status", "job_type"))
    depth = GaugeMetricFamily("rushes_lane_depth", "Queued jobs that could begin now.", labels=("lane",))
    resting = GaugeMetricFamily("rushes_lane_backing_off", "Queued jobs that rest.", labels=("lane",))
    by_state: Counter[tuple[str, str]] = Counter()
    by_lane: Counter[str] = Counter()
    backing_off: Counter[str] = Counter()
    for one in active:
        by_state[one.status, one.job_type] += one.jobs
        by_lane[one.lane] += one.jobs - one.backing_off if one.status == "queued" else 0
        backing_off[one.lane] += one.backing_off
    for labels, number in by_state.items():
        jobs.add_metric(labels, number)
    for lane in by_lane:
        depth.add_metric([lane], by_lane[lane])
        resting.add_metric([lane], backing_off[lane])
    yield from (jobs, depth, resting)


def _workers(snapshot: Snapshot) -> Iterator[Metric]:
    workers = GaugeMetricFamily("rushes_workers", "Live workers.", labels=("state",))
    slots = GaugeMetricFamily("rushes_worker_slots", "Slots of live workers.", labels=("state",))
    for state in ("running", "draining"):
        number, of_state = snapshot.workers.get(state, (0, 0))
        workers.add_metric([state], number)
        slots.add_metric([state], of_state)
    used = GaugeMetricFamily("rushes_worker_slots_used", "Jobs that run.")
    used.add_metric([], sum(one.jobs for one in snapshot.active if one.status == "processing"))
    yield from (workers, slots, used)


def _deliveries(deliveries: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(
        "rushes_webhook_deliveries",
        "Webhook deliveries: all that wait, and those made within the last hour by how they ended.",
        labels=("status",),
    )
    for status in ("pending", "delivered", "failed"):
        family.add_metric([status], deliveries.get(status, 0))
    return family


def _histogram(name: str, text: str, label: str, known: Mapping[str, Distribution]) -> Metric:
    family = HistogramMetricFamily(name, text, labels=(label,))
    for value, distribution in known.items():
        family.add_metric([value], distribution.buckets(), distribution.total)
    return family
