"""The rules of the queue as the specification says them, written without the product's own logic."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from rushes.domain.accounts import Plan
from rushes.domain.credits import EntryKind
from rushes.domain.ids import JobId, Lease, WorkerId
from rushes.domain.jobs import CancelReason, JobStatus, JobType, Outcome
from rushes.domain.media import AssetRole, AssetStatus
from tests.model.records import (
    FINAL,
    IN_A_SLOT,
    Account,
    Attempt,
    Ending,
    File,
    Job,
    Lane,
    Model,
    Refusal,
    Said,
    Wish,
)

UNMEASURED_SECONDS = 60.0
WORKERS_TO_QUARANTINE = 3
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 5, 600

OUTCOMES = {
    Said.SUCCESS: Outcome.SUCCEEDED,
    Said.TRANSIENT: Outcome.RETRY,
    Said.LASTING: Outcome.FAILED,
    Said.STOPPED: Outcome.CANCELLED,
    Said.HANDED_BACK: Outcome.RETRY,
    Said.SILENT: Outcome.LOST,
}
ERRORS: dict[Said, tuple[str | None, str | None]] = {
    Said.SUCCESS: (None, None),
    Said.TRANSIENT: ("flaky", "Try again."),
    Said.LASTING: ("broken", "It broke."),
    Said.STOPPED: (None, None),
    Said.HANDED_BACK: ("worker_stopped", "The worker was shut down."),
    Said.SILENT: ("worker_lost", "The worker fell silent."),
}


@dataclass(kw_only=True)
class World:
    """Everything that the rules speak of."""

    accounts: list[Account]
    lanes: dict[str, Lane]
    models: list[Model]
    files: list[File] = field(default_factory=list[File])
    jobs: list[Job] = field(default_factory=list[Job])

    def refusal(self, account: Account, wishes: Sequence[Wish]) -> Refusal | None:
        """Say why a batch is not taken, if so."""
        if any(self._is_wrong(account, wish) for wish in wishes):
            return Refusal.INVALID
        return Refusal.POOR if account.balance < sum(self._prices(wishes)) else None

    def submit(self, account: Account, wishes: Sequence[Wish], ids: Sequence[JobId]) -> None:
        """Take a batch: hold all its prices, let in what may."""
        lengths, prices = self._lengths(wishes), self._prices(wishes)
        batch: list[Job] = []
        for wish, job_id, seconds, price in zip(wishes, ids, lengths, prices, strict=True):
            parent = wish.parent if wish.after is None else batch[wish.after]
            job = Job(
                id=job_id,
                owner=account,
                wish=wish,
                parent=parent,
                awaits_parent=parent is not None and parent.status is not JobStatus.COMPLETED,
                seconds=seconds,
                price=price,
                max_attempts=wish.model.max_attempts,
                has_deadline=wish.has_deadline,
            )
            account.post(EntryKind.HOLD, -price, job)
            batch.append(job)
        self._begin(account, batch)
        if any(map(_wants_a_slot, batch)):
            self._admit(account)

    def cancel(self, job: Job, reason: CancelReason) -> None:
        """Cancel what waits; ask for the end of what runs, for the first reason that anybody had."""
        if job.status is JobStatus.PROCESSING:
            job.cancel_requested = job.cancel_requested or reason
            return
        self._cancel(job, reason)
        self._admit(job.owner)

    def retry_refusal(self, job: Job) -> Refusal | None:
        """Say why a job is not tried once more, if so."""
        if job.status is not JobStatus.FAILED:
            return Refusal.ILLEGAL
        if any(file.status is AssetStatus.REJECTED for file in job.wish.files.values()):
            return Refusal.CONFLICT
        return Refusal.POOR if job.owner.balance < _price_now(job) else None

    def retry(self, job: Job) -> None:
        """Begin anew: with another hold, as many attempts as at first, and no deadline that has passed."""
        job.price = _price_now(job)
        job.has_deadline, job.is_overdue = job.has_deadline and not job.is_overdue, False
        job.owner.post(EntryKind.HOLD, -job.price, job)
        job.attempts_before = len(job.attempts)
        job.max_attempts = len(job.attempts) + job.wish.model.max_attempts
        job.error_code = job.error_message = job.cancel_requested = None
        job.enter(JobStatus.PENDING)
        self._admit(job.owner)

    def give_verdict(self, file: File, status: AssetStatus) -> None:
        """Accept or reject a file: the jobs that waited for it go on or fail."""
        file.status = status
        waiting = [job for job in self.jobs if job.status is JobStatus.VALIDATING and _names(job, file)]
        if waiting:
            self._admit(file.owner, waiting)

    def next_jobs(self, lanes: Collection[str], engines: Collection[str], count: int) -> list[Job]:
        """Say which jobs a claim takes: the first that no pause and no cap holds back, and no backoff."""
        in_lanes = Counter(job.wish.model.lane for job in self.jobs if job.status is JobStatus.PROCESSING)
        in_models = Counter(job.wish.model.slug for job in self.jobs if job.status is JobStatus.PROCESSING)
        taken: list[Job] = []
        for job in sorted(filter(_is_ready, self.jobs), key=self._turn):
            model, lane = job.wish.model, self.lanes[job.wish.model.lane]
            if (
                len(taken) < count
                and lane.name in lanes
                and model.engine in engines
                and not lane.is_paused
                and _has_room(lane.cap, in_lanes[lane.name])
                and _has_room(model.cap, in_models[model.slug])
            ):
                in_lanes[lane.name] += 1
                in_models[model.slug] += 1
                taken.append(job)
        return taken

    def claim(self, jobs: Sequence[Job], leases: Sequence[Lease], worker: WorkerId) -> None:
        """Begin attempts; each lane's clock goes on to the last start tag."""
        for job, lease in zip(jobs, leases, strict=True):
            lane, number = self.lanes[job.wish.model.lane], len(job.attempts) + 1
            job.attempts.append(Attempt(job=job, number=number, lease=lease, worker=worker))
            job.enter(JobStatus.PROCESSING)
            lane.move_clock(job)

    def settle(self, endings: Sequence[Ending]) -> dict[Lease, JobStatus]:
        """End attempts, and say what became of the jobs of those that their workers are told of."""
        held = [one for one in endings if _may_end(one)]
        for one in held:
            self._end(one)
        answer = {one.attempt.lease: one.attempt.job.status for one in held}
        for account in {one.attempt.job.owner.id: one.attempt.job.owner for one in endings}.values():
            self._admit(account)
        repeated = [one for one in endings if one not in held and _was_said_before(one)]
        return answer | {one.attempt.lease: one.attempt.job.status for one in repeated}

    def _is_wrong(self, account: Account, wish: Wish) -> bool:
        hurries = wish.priority < 5 and account.plan is not Plan.PRO
        refused = any(file.status is AssetStatus.REJECTED for file in wish.files.values())
        parent = wish.parent
        orphaned = parent is not None and (
            parent.owner is not account or parent.status in FINAL - {JobStatus.COMPLETED}
        )
        return hurries or refused or orphaned

    def _lengths(self, wishes: Sequence[Wish]) -> list[float]:
        lengths: list[float] = []
        for wish in wishes:
            if wish.after is not None:
                lengths.append(lengths[wish.after])
            elif wish.parent is not None:
                lengths.append(wish.parent.seconds)
            elif wish.job_type is JobType.BASE:
                film = wish.files[AssetRole.MOTION]
                lengths.append(film.seconds if film.status is AssetStatus.READY else UNMEASURED_SECONDS)
            else:
                lengths.append(1.0)
        return lengths

    def _prices(self, wishes: Sequence[Wish]) -> list[int]:
        return [_price(wish, seconds) for wish, seconds in zip(wishes, self._lengths(wishes), strict=True)]

    def _admit(self, account: Account, validating: Sequence[Job] = ()) -> None:
        while True:
            mine = [job for job in self.jobs if job.owner is account]
            free = max(0, account.limit - sum(job.status in IN_A_SLOT for job in mine))
            entering = sorted(filter(_wants_a_slot, mine), key=_turn_for_a_slot)[:free]
            # Who is let in together lines up in the order of submission.
            together = sorted([*validating, *entering], key=lambda job: job.id)
            for job in together:
                self._go_on(job)
            refused = [job for job in together if job.status is JobStatus.FAILED]
            if not refused:
                return
            validating = ()

    def _begin(self, account: Account, batch: Sequence[Job]) -> None:
        # What finds a slot and waits for nothing is queued at once, before the rest of its batch is let in.
        mine = [job for job in self.jobs if job.owner is account]
        free = max(0, account.limit - sum(job.status in IN_A_SLOT for job in mine))
        waiting = sorted((job for job in batch if not job.awaits_parent), key=_turn_for_a_slot)
        entering = [] if any(map(_wants_a_slot, mine)) else waiting[:free]
        self.jobs += batch
        for job in batch:
            if job in entering and job.parent is None and _has_ready_inputs(job):
                self._line_up(job)
            else:
                job.enter(JobStatus.PENDING)

    def _go_on(self, job: Job) -> None:
        if _has_ready_inputs(job):
            self._line_up(job)
            return
        if job.status is JobStatus.PENDING:
            job.enter(JobStatus.VALIDATING)
        refused = sorted(role for role, file in job.wish.files.items() if file.status is AssetStatus.REJECTED)
        if refused:
            self._fail(job, f"invalid_{refused[0]}", "Bad file.")

    def _line_up(self, job: Job) -> None:
        job.enter(JobStatus.QUEUED)
        job.measure()
        self.lanes[job.wish.model.lane].line_up(job)

    def _turn(self, job: Job) -> tuple[int, int, JobId]:
        return job.place, self.lanes[job.wish.model.lane].lead(job), job.id

    def _end(self, ending: Ending) -> None:
        attempt, job, said = ending.attempt, ending.attempt.job, ending.said
        attempt.said = said
        attempt.outcome = OUTCOMES[said]
        attempt.error_code, attempt.error_message = ERRORS[said]
        attempt.log = ending.log or attempt.log
        since = job.attempts[job.attempts_before :]
        lost = sum(one.outcome is Outcome.LOST for one in since)
        if said is Said.SUCCESS:
            self._complete(job, ending.seconds)
        elif said is Said.STOPPED or job.cancel_requested:
            self._cancel(job, job.cancel_requested or CancelReason.USER)
        elif said is Said.HANDED_BACK:
            job.max_attempts += 1
            job.enter(JobStatus.QUEUED)
        elif said is Said.SILENT and lost >= WORKERS_TO_QUARANTINE:
            message = f"{lost} workers fell silent over this job; it is not tried again by itself."
            self._fail(job, "quarantined", message)
        elif said is Said.LASTING or len(job.attempts) >= job.max_attempts:
            attempt.outcome = Outcome.FAILED if said is Said.TRANSIENT else attempt.outcome
            self._fail(job, *ERRORS[said])
        else:
            job.enter(JobStatus.QUEUED)
            if said is Said.TRANSIENT:
                failures = sum(one.said is Said.TRANSIENT for one in since)
                longest = min(FIRST_BACKOFF_SECONDS * 2 ** (failures - 1), LONGEST_BACKOFF_SECONDS)
                job.in_backoff, job.backoff = True, (longest / 2, longest)

    def _complete(self, job: Job, seconds: float) -> None:
        job.charged = min(job.price, _price(job.wish, seconds))
        job.made_seconds = seconds
        job.enter(JobStatus.COMPLETED)
        job.owner.post(EntryKind.CAPTURE, job.price - job.charged, job)
        for child in self._waiting_children(job):
            child.awaits_parent = False

    def _fail(self, job: Job, code: str | None, message: str | None) -> None:
        job.error_code, job.error_message = code, message
        self._release(job, JobStatus.FAILED)

    def _cancel(self, job: Job, reason: CancelReason) -> None:
        if job.status is JobStatus.QUEUED and not job.has_run:
            self.lanes[job.wish.model.lane].give_back(job)
        job.cancelled_reason = reason
        self._release(job, JobStatus.CANCELLED)

    def _release(self, job: Job, status: JobStatus) -> None:
        job.enter(status)
        job.owner.post(EntryKind.RELEASE, job.price, job)
        for child in self._waiting_children(job):
            self._cancel(child, CancelReason.PARENT_FAILED)

    def _waiting_children(self, parent: Job) -> Iterable[Job]:
        return [job for job in self.jobs if job.parent is parent and job.is_active and job.awaits_parent]


def _wants_a_slot(job: Job) -> bool:
    return job.status is JobStatus.PENDING and not job.awaits_parent


def _turn_for_a_slot(job: Job) -> tuple[int, JobId]:
    return job.wish.priority, job.id


def _has_ready_inputs(job: Job) -> bool:
    return all(file.status is AssetStatus.READY for file in job.wish.files.values())


def _price(wish: Wish, seconds: float) -> int:
    return wish.model.price(wish.quality, wish.resolution, seconds)


def _price_now(job: Job) -> int:
    return _price(job.wish, job.seconds)


def _names(job: Job, file: File) -> bool:
    return any(named is file for named in job.wish.files.values())


def _is_ready(job: Job) -> bool:
    return job.status is JobStatus.QUEUED and not job.in_backoff


def _has_room(cap: int | None, running: int) -> bool:
    return cap is None or running < cap


def _may_end(ending: Ending) -> bool:
    if ending.said is Said.SILENT and not ending.attempt.has_lapsed:
        return False
    return ending.attempt.holds_its_lease


def _was_said_before(ending: Ending) -> bool:
    """A connection may break after the commit: who says the same again is told what came of it."""
    outcome = ending.attempt.outcome
    if ending.said is Said.SILENT or outcome in {None, Outcome.LOST}:
        return False
    return (outcome is Outcome.SUCCEEDED) == (ending.said is Said.SUCCESS)
