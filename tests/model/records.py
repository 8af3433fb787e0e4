"""What the model of the rules remembers of accounts, lanes, files, jobs and attempts."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rushes.domain.accounts import Plan
from rushes.domain.credits import EntryKind
from rushes.domain.ids import AssetId, JobId, Lease, UserId, WorkerId
from rushes.domain.jobs import CancelReason, JobStatus, JobType, Outcome, Quality
from rushes.domain.media import AssetRole, AssetStatus
from rushes.domain.options import Resolution

FINAL = {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
IN_A_SLOT = {JobStatus.VALIDATING, JobStatus.QUEUED, JobStatus.PROCESSING}
PLAN_SLOTS = {Plan.FREE: 2, Plan.PRO: 10}
PLAN_WEIGHT = {Plan.FREE: 1, Plan.PRO: 3}
CREDIT = 1_000_000
"""One credit's worth of virtual time."""


class Refusal(StrEnum):
    """Why a wish is not granted."""

    INVALID = "invalid"
    POOR = "poor"
    CONFLICT = "conflict"
    ILLEGAL = "illegal"
    MISSING = "missing"


class Said(StrEnum):
    """What is said of an attempt when it ends."""

    SUCCESS = "success"
    TRANSIENT = "transient failure"
    LASTING = "lasting failure"
    STOPPED = "stopped"
    HANDED_BACK = "handed back"
    SILENT = "silent"


Entry = tuple[EntryKind, int, JobId, int | None]
"""One line of the ledger: its kind, its amount, its job and the number of the attempt that ended it."""


@dataclass(kw_only=True)
class Account:
    """A person: `slots` is his own limit, or `None` for that of his plan."""

    id: UserId
    plan: Plan
    balance: int
    slots: int | None = None
    entries: Counter[Entry] = field(default_factory=Counter[Entry])

    @property
    def limit(self) -> int:
        return PLAN_SLOTS[self.plan] if self.slots is None else self.slots

    def post(self, kind: EntryKind, amount: int, job: "Job") -> None:
        """Change the balance and write down why."""
        attempt = None if kind is EntryKind.HOLD else len(job.attempts) or None
        self.entries[(kind, amount, job.id, attempt)] += 1
        self.balance += amount


@dataclass(kw_only=True)
class Model:
    """What can be asked for: the longest 60 seconds are held for a film that nobody has measured."""

    slug: str
    lane: str
    engine: str
    max_attempts: int
    per_second: Mapping[Resolution, int]
    high_percent: int
    minimum: int
    cap: int | None = None

    def price(self, quality: Quality | None, resolution: Resolution, seconds: float) -> int:
        percent = self.high_percent if quality is Quality.HIGH else 100
        return max(self.minimum, math.ceil(math.ceil(seconds) * self.per_second[resolution] * percent / 100))


@dataclass(kw_only=True)
class File:
    """An upload of an account."""

    id: AssetId
    owner: Account
    role: AssetRole
    seconds: float
    status: AssetStatus = AssetStatus.READY


@dataclass(kw_only=True)
class Wish:
    """One job as it is asked for: on the output of `parent`, or of the job `after` in the same batch."""

    model: Model
    job_type: JobType
    priority: int
    quality: Quality | None
    resolution: Resolution
    files: Mapping[AssetRole, File] = field(default_factory=dict[AssetRole, File])
    parent: "Job | None" = None
    after: int | None = None
    has_deadline: bool = False


@dataclass(kw_only=True)
class Attempt:
    """One try; it may write as long as it holds its lease, which is until somebody ends it."""

    job: "Job"
    number: int
    lease: Lease
    worker: WorkerId
    said: "Said | None" = None
    outcome: Outcome | None = None
    error_code: str | None = None
    error_message: str | None = None
    log: str = ""
    checkpoint: Mapping[str, int] | None = None
    external_id: str | None = None
    progress: tuple[int, str] | None = None
    has_lapsed: bool = False

    @property
    def holds_its_lease(self) -> bool:
        return self.outcome is None


@dataclass(kw_only=True)
class Job:
    """One request; `rank` is its start tag, `place` its priority as the lane sees it."""

    id: JobId
    owner: Account
    wish: Wish
    parent: "Job | None"
    awaits_parent: bool
    seconds: float
    price: int
    max_attempts: int
    status: JobStatus = JobStatus.PENDING
    events: list[str] = field(default_factory=list[str])
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    attempts_before: int = 0
    rank: int = 0
    cost: int = 0
    in_backoff: bool = False
    backoff: tuple[float, float] | None = None
    has_deadline: bool = False
    is_overdue: bool = False
    cancel_requested: CancelReason | None = None
    cancelled_reason: CancelReason | None = None
    error_code: str | None = None
    error_message: str | None = None
    charged: int = 0
    made_seconds: float | None = None

    @property
    def place(self) -> int:
        return self.wish.priority

    @property
    def is_active(self) -> bool:
        return self.status not in FINAL

    @property
    def attempt(self) -> Attempt | None:
        """The attempt that runs."""
        return self.attempts[-1] if self.status is JobStatus.PROCESSING else None

    @property
    def checkpoint(self) -> Mapping[str, int] | None:
        """What the latest attempt since it was asked for that left anything left for the next one."""
        left = [one.checkpoint for one in self.attempts[self.attempts_before :] if one.checkpoint]
        return left[-1] if left else None

    @property
    def has_run(self) -> bool:
        """Whether anybody worked on it since it was last asked for."""
        return len(self.attempts) > self.attempts_before

    def measure(self) -> None:
        """Learn how long its film is, now that it is ready, and by that how far it moves its owner back."""
        film = self.wish.files.get(AssetRole.MOTION)
        lengths = [film and film.seconds, self.parent and self.parent.made_seconds]
        promised = self.seconds
        self.seconds = min([promised, *(length for length in lengths if length is not None)])
        # It was priced for the longest film if nobody had measured it.
        part = self.seconds / promised if promised else 1
        self.cost = round(max(1, self.price * part) * (CREDIT // PLAN_WEIGHT[self.owner.plan]))

    def enter(self, status: JobStatus) -> None:
        self.status = status
        self.in_backoff = False
        self.events.append(f"job.{status}")


@dataclass(kw_only=True)
class Lane:
    """A queue in which start-time fair queuing (Goyal 1996) decides among the jobs of each place."""

    name: str
    is_paused: bool = False
    cap: int | None = None
    clocks: Counter[int] = field(default_factory=Counter[int])
    finish_tags: Counter[tuple[UserId, int]] = field(default_factory=Counter[tuple[UserId, int]])

    def line_up(self, job: Job) -> None:
        """Put a job behind its owner's last, or at the clock if that has passed."""
        job.rank = max(self.clocks[job.place], self.finish_tags[job.owner.id, job.place])
        self.finish_tags[job.owner.id, job.place] = job.rank + job.cost

    def give_back(self, job: Job) -> None:
        """Forget the turn of a job that leaves without having run."""
        finish_tag = self.finish_tags[job.owner.id, job.place] - job.cost
        self.finish_tags[job.owner.id, job.place] = max(self.clocks[job.place], finish_tag)

    def move_clock(self, job: Job) -> None:
        """Let time pass to the start tag of a job that is taken."""
        self.clocks[job.place] = max(self.clocks[job.place], job.rank)

    def lead(self, job: Job) -> int:
        """Say how far a job is from its turn: what is compared between lanes."""
        return job.rank - self.clocks[job.place]


@dataclass(kw_only=True)
class Ending:
    """What somebody says of an attempt; `seconds` is the length of what it made."""

    attempt: Attempt
    said: Said
    seconds: float = 0.0
    log: str = ""
