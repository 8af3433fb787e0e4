"""A state machine that plays the queue against the model of its rules, and compares all after every step."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rushes.actions.cancel import cancel, cancel_overdue
from rushes.actions.retry import retry
from rushes.actions.settle import settle
from rushes.actions.submit import submit_batch
from rushes.db import lifecycle, queue
from rushes.domain.ids import JobId, Lease
from rushes.domain.jobs import Attempt as SystemAttempt
from rushes.domain.jobs import CancelReason, JobStatus, JobType
from rushes.domain.media import AssetRole, AssetStatus, MediaLimits
from tests.model import scenery
from tests.model.comparison import compare
from tests.model.draws import ASKS, CAPS, LENGTHS, LIMITS, PICK, RARELY, STEPS, TELLINGS, Ask, Telling
from tests.model.records import Account, Attempt, Ending, Job, Refusal, Said, Wish
from tests.model.scenery import LEASE_TIME, Worker, viewer_of
from tests.model.stage import Stage
from tests.model.translation import ending_of, submission_of

T = TypeVar("T")

PUT_OFF = """
    UPDATE jobs SET run_at = run_at + interval '1 day'
    WHERE user_id = ANY ($1) AND status = 'queued' AND run_at > updated_at
      AND run_at < updated_at + interval '1 hour'
    RETURNING id, extract(epoch FROM run_at - updated_at)::float8 - 86400 AS seconds
"""
"""No backoff passes by itself: it is measured, and made longer than any run."""

LAPSE = "UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1 AND lease = $2"
END_BACKOFF = "UPDATE jobs SET run_at = updated_at WHERE id = $1"
PASS_DEADLINE = "UPDATE jobs SET auto_cancel_at = now() - interval '1 second' WHERE id = $1"
LEAVE = """
    UPDATE jobs SET auto_cancel_at = NULL, lease_until = lease_until + interval '1 year'
    WHERE user_id = ANY ($1) AND status IN ('pending', 'validating', 'queued', 'processing')
"""
PAUSE = "UPDATE lanes SET paused_at = CASE WHEN $2 THEN now() END WHERE name = $1"
CAP_LANE = "UPDATE lanes SET cap = $2 WHERE name = $1"
CAP_MODEL = "UPDATE models SET cap = $2 WHERE slug = $1"
SET_SLOTS = "UPDATE users SET slots = $2 WHERE id = $1"
CROWD = 12
"""How many jobs may wait at once: more would only be more of the same."""


class QueueMachine(RuleBasedStateMachine):
    """Accounts, workers, an operator and the passing of time, one step after the other."""

    def __init__(self, stage: Stage, done: Counter[str]) -> None:
        super().__init__()
        self.stage, self.done = stage, done
        self.done["steps"] -= 1  # the first comparison comes before any step
        self.world, self.crew = scenery.set_up(stage)
        self.grants = {account.id: account.balance for account in self.world.accounts}
        self.claimed: dict[Lease, SystemAttempt] = {}

    def teardown(self) -> None:
        """Leave nothing behind that chores of the whole system would find in the next run."""
        self.stage.change(LEAVE, list(self.grants))
        for job in self.world.jobs:
            self.done.update(f"job {event.removeprefix('job.')}" for event in job.events)
            self.done.update(f"attempt {one.outcome}" for one in job.attempts)

    @invariant()
    def system_and_model_agree(self) -> None:
        self.done["steps"] += 1
        compare(self.stage, self.world, self.grants)

    # Owners.

    @initialize(asks=st.lists(ASKS, min_size=4, max_size=8), caps=st.tuples(CAPS, CAPS, CAPS))
    def begin(self, asks: Sequence[Ask], caps: Sequence[int | None]) -> None:
        for model, cap in zip(self.world.models, caps, strict=True):
            model.cap = cap
            self.stage.change(CAP_MODEL, model.slug, cap)
        for number, ask in enumerate(asks):
            owner = _pick(self.world.accounts, number)
            self._submit(owner, [self._wish(owner, ask)])

    @precondition(lambda self: self._count_waiting() < CROWD)
    @rule(account=PICK, ask=ASKS)
    def submit(self, account: int, ask: Ask) -> None:
        owner = _pick(self.world.accounts, account)
        self._submit(owner, [self._wish(owner, ask)])

    @precondition(lambda self: self._count_waiting() < CROWD)
    @rule(account=PICK, asks=st.lists(ASKS, min_size=2, max_size=4))
    def submit_chain(self, account: int, asks: Sequence[Ask]) -> None:
        owner = _pick(self.world.accounts, account)
        rest = [
            self._wish(owner, replace(ask, resolution=asks[0].resolution), after=ask.after % number)
            for number, ask in enumerate(asks[1:], start=1)
        ]
        self._submit(owner, [self._wish(owner, asks[0]), *rest])

    @precondition(lambda self: bool(self.world.jobs) and self._count_waiting() < CROWD)
    @rule(job=PICK, ask=ASKS, is_stranger=RARELY)
    def submit_child(self, *, job: int, ask: Ask, is_stranger: bool) -> None:
        parent = _pick(self.world.jobs[-8:], job)
        owner = self._stranger(parent) if is_stranger else parent.owner
        self._submit(owner, [self._wish(owner, ask, parent=parent)])

    @precondition(lambda self: bool(self.world.jobs))
    @rule(job=PICK, is_stranger=RARELY)
    def cancel(self, *, job: int, is_stranger: bool) -> None:
        running = [one for one in self.world.jobs if one.attempt]
        chosen = _pick(self._mostly(lambda one: one.is_active) + running * 2, job)
        viewer = viewer_of(self._stranger(chosen) if is_stranger else chosen.owner)
        answer = self.stage.ask(cancel(self.stage.web, viewer, job_id=chosen.id))
        if is_stranger:
            assert answer is Refusal.MISSING
        elif chosen.is_active:
            assert not isinstance(answer, Refusal)
            self.world.cancel(chosen, CancelReason.USER)
            assert answer.status is chosen.status
        else:
            assert answer is Refusal.ILLEGAL

    @precondition(lambda self: any(not job.is_active for job in self.world.jobs))
    @rule(job=PICK)
    def retry(self, job: int) -> None:
        chosen = _pick(self._mostly(lambda one: one.status is JobStatus.FAILED), job)
        refusal = self.world.retry_refusal(chosen)
        answer = self.stage.ask(retry(self.stage.web, viewer_of(chosen.owner), job_id=chosen.id))
        if refusal is not None:
            assert answer is refusal
            return
        assert not isinstance(answer, Refusal)
        self.world.retry(chosen)
        assert answer.status is chosen.status

    # Files.

    @precondition(lambda self: self._count_unchecked() < 2)
    @rule(account=PICK, role=st.sampled_from([AssetRole.MOTION, AssetRole.REFERENCE]))
    def upload(self, account: int, role: AssetRole) -> None:
        owner = _pick(self.world.accounts, account)
        scenery.upload(self.stage, self.world, owner, role, AssetStatus.CHECKING)

    @precondition(lambda self: self._count_unchecked() > 0)
    @rule(file=PICK, is_good=st.booleans(), seconds=LENGTHS, is_late=RARELY)
    def give_verdict(self, *, file: int, is_good: bool, seconds: float, is_late: bool) -> None:
        checking = [one for one in self.world.files if one.status is AssetStatus.CHECKING]
        chosen = _pick(checking, file)
        status = AssetStatus.READY if is_good else AssetStatus.REJECTED
        scenery.check(self.stage, chosen, status=status, seconds=seconds, is_late=is_late)
        if not is_late:
            chosen.seconds = seconds
            self.world.give_verdict(chosen, status)

    # Workers.

    @precondition(lambda self: any(job.status is JobStatus.QUEUED for job in self.world.jobs))
    @rule(worker=PICK)
    def claim_one(self, worker: int) -> None:
        self._claim(_pick(self.crew, worker), 1)

    @precondition(lambda self: any(job.status is JobStatus.QUEUED for job in self.world.jobs))
    @rule(worker=PICK, count=st.integers(2, 4))
    def claim_some(self, worker: int, count: int) -> None:
        self._claim(_pick(self.crew, worker), count)

    @precondition(lambda self: bool(self.claimed))
    @rule(attempts=st.lists(PICK, min_size=1, max_size=3))
    def renew(self, attempts: Sequence[int]) -> None:
        chosen = self._attempts(attempts)
        held = [one for one in chosen if one.holds_its_lease]
        answer = self.stage.as_worker(
            queue.renew_leases,
            attempts=[self.claimed[one.lease] for one in chosen],
            lease_time=LEASE_TIME,
        )
        assert answer == {one.lease: one.job.cancel_requested is not None for one in held}
        for one in held:
            one.has_lapsed = False

    @precondition(lambda self: bool(self.claimed))
    @rule(attempt=PICK, progress=st.integers(0, 99), log=st.sampled_from([None, "So far."]), step=STEPS)
    def report(self, attempt: int, progress: int, log: str | None, step: int | None) -> None:
        (chosen,) = self._attempts([attempt])
        text = f"step {step}"
        said = queue.Said(
            job_id=chosen.job.id, lease=chosen.lease, progress=progress, text=text, eta_seconds=1.0
        )
        note = queue.Note(
            job_id=chosen.job.id,
            lease=chosen.lease,
            log=log,
            checkpoint=None if step is None else {"step": step},
            external_job_id=None if step is None else f"far-{step}",
        )
        self.stage.as_worker(queue.save_progress, said=[said])
        held = self.stage.as_worker(queue.save_notes, notes=[note])
        assert held == ({chosen.lease} if chosen.holds_its_lease else set())
        if chosen.holds_its_lease:
            before = chosen.progress[0] if chosen.progress else 0
            chosen.progress = (max(before, progress), text)
            chosen.log = log or chosen.log
            chosen.checkpoint = note.checkpoint or chosen.checkpoint
            chosen.external_id = note.external_job_id or chosen.external_id

    @precondition(lambda self: bool(self.claimed))
    @rule(telling=TELLINGS)
    def settle(self, telling: Telling) -> None:
        self._settle(self._endings([telling]))

    @precondition(lambda self: bool(self.claimed))
    @rule(tellings=st.lists(TELLINGS, min_size=2, max_size=4))
    def settle_together(self, tellings: Sequence[Telling]) -> None:
        self._settle(self._endings(tellings))

    # Time.

    @precondition(lambda self: any(job.attempt for job in self.world.jobs))
    @rule(attempt=PICK)
    def lose_lease(self, attempt: int) -> None:
        chosen = _pick([job.attempt for job in self.world.jobs if job.attempt], attempt)
        self.stage.change(LAPSE, chosen.job.id, chosen.lease)
        chosen.has_lapsed = True

    @precondition(lambda self: any(job.attempt and job.attempt.has_lapsed for job in self.world.jobs))
    @rule()
    def rescue(self) -> None:
        found = self.stage.as_worker(queue.list_lapsed, count=1000)
        running = [job.attempt for job in self.world.jobs if job.attempt]
        lapsed = {one.lease: one for one in running if one.has_lapsed}
        assert {one.lease for one in found if one.user_id in self.grants} == lapsed.keys()
        self._settle([Ending(attempt=one, said=Said.SILENT) for one in lapsed.values()])

    @precondition(lambda self: any(job.in_backoff for job in self.world.jobs))
    @rule(job=PICK)
    def end_backoff(self, job: int) -> None:
        chosen = _pick([one for one in self.world.jobs if one.in_backoff], job)
        self.stage.change(END_BACKOFF, chosen.id)
        chosen.in_backoff = False

    @precondition(lambda self: any(_has_time_left(job) for job in self.world.jobs))
    @rule(job=PICK)
    def pass_deadline(self, job: int) -> None:
        patient = [one for one in self.world.jobs if _has_time_left(one)]
        chosen = _pick([one for one in patient if one.attempt] or patient, job)
        self.stage.change(PASS_DEADLINE, chosen.id)
        chosen.is_overdue = True

    @precondition(lambda self: any(_must_stop(job) for job in self.world.jobs))
    @rule()
    def cancel_overdue(self) -> None:
        found = self.stage.as_worker(lifecycle.list_overdue, count=1000)
        overdue = [one for one in found if one.user_id in self.grants]
        assert {one.job_id for one in overdue} == {job.id for job in self.world.jobs if _must_stop(job)}
        jobs = {job.id: job for job in self.world.jobs}
        for one in overdue:
            job = jobs[one.job_id]
            assert self.stage.do(cancel_overdue(self.stage.work, one)) == job.is_active
            if job.is_active:
                self.world.cancel(job, CancelReason.DEADLINE)

    # The operator.

    @precondition(lambda self: any(job.is_active for job in self.world.jobs))
    @rule(what=st.sampled_from(["lane", "cap of lane", "cap of model", "slots"]), number=PICK, to=LIMITS)
    def operate(self, what: str, number: int, to: int | None) -> None:
        match what:
            case "lane":
                lane = _pick(list(self.world.lanes.values()), number)
                lane.is_paused = to == 0
                self.stage.change(PAUSE, lane.name, lane.is_paused)
            case "cap of lane":
                lane = _pick(list(self.world.lanes.values()), number)
                lane.cap = to or None
                self.stage.change(CAP_LANE, lane.name, lane.cap)
            case "cap of model":
                model = _pick(self.world.models, number)
                model.cap = to or None
                self.stage.change(CAP_MODEL, model.slug, model.cap)
            case _:
                account = _pick(self.world.accounts, number)
                account.slots = to
                self.stage.change(SET_SLOTS, account.id, to)

    # What the steps are made of.

    def _wish(self, owner: Account, ask: Ask, *, parent: Job | None = None, after: int | None = None) -> Wish:
        works_on_output = parent is not None or after is not None
        has_files = ask.has_files and not works_on_output
        kind = JobType.BASE if has_files else JobType.UPSCALE if works_on_output else JobType.TEXT_TO_VIDEO
        roles = [AssetRole.MOTION, AssetRole.REFERENCE] if has_files else []
        own = [file for file in self.world.files if file.owner is owner]
        files = {role: _pick([one for one in own if one.role is role][-3:], ask.file) for role in roles}
        return Wish(
            model=_pick(self.world.models, ask.model),
            job_type=kind,
            priority=ask.priority,
            quality=ask.quality,
            resolution=ask.resolution if parent is None else parent.wish.resolution,
            files=files,
            parent=parent,
            after=after,
            has_deadline=ask.has_deadline,
        )

    def _submit(self, owner: Account, wishes: Sequence[Wish]) -> None:
        refusal = self.world.refusal(owner, wishes)
        asked = [submission_of(wish) for wish in wishes]
        answer = self.stage.ask(submit_batch(self.stage.web, viewer_of(owner), asked, limits=MediaLimits()))
        if refusal is not None:
            assert answer is refusal
            return
        assert not isinstance(answer, Refusal)
        self.world.submit(owner, wishes, [JobId(job.id) for job in answer])
        made = self.world.jobs[-len(wishes) :]
        assert [job.status for job in answer] == [job.status for job in made]

    def _claim(self, chosen: Worker, count: int) -> None:
        expected = self.world.next_jobs(chosen.lanes, chosen.engines, count)
        claimed = self.stage.as_worker(
            queue.claim_jobs,
            lanes=chosen.lanes,
            engines=chosen.engines,
            count=count,
            worker_id=chosen.id,
            lease_time=LEASE_TIME,
        )
        jobs = sorted(expected, key=lambda job: (job.place, job.rank, job.id))
        assert [one.attempt.job.id for one in claimed] == [job.id for job in jobs]
        for job, one in zip(jobs, claimed, strict=True):
            assert one.checkpoint == job.checkpoint
            assert len(one.inputs) == len(job.wish.files) + (job.parent is not None)
            assert one.attempt.number == len(job.attempts) + 1
        leases = [one.attempt.lease for one in claimed]
        self.claimed |= {one.attempt.lease: one.attempt for one in claimed}
        self.world.claim(jobs, leases, chosen.id)

    def _settle(self, endings: Sequence[Ending]) -> None:
        told = [ending_of(one, self.claimed[one.attempt.lease]) for one in endings]
        answer = self.stage.do(settle(self.stage.work, told))
        expected = self.world.settle(endings)
        assert {lease: job.status for lease, job in answer.items()} == expected
        waits = {row["id"]: row["seconds"] for row in self.stage.change(PUT_OFF, list(self.grants))}
        backoffs = {job.id: job.backoff for job in self.world.jobs if job.backoff}
        assert waits.keys() == backoffs.keys()
        assert all(low <= waits[job_id] <= high for job_id, (low, high) in backoffs.items()), waits
        for job in self.world.jobs:
            job.backoff = None

    def _endings(self, tellings: Sequence[Telling]) -> list[Ending]:
        told: dict[Lease, Ending] = {}
        for pick, said, seconds, log in tellings:
            (attempt,) = self._attempts([pick])
            told[attempt.lease] = Ending(
                attempt=attempt, said=said, seconds=seconds, log="" if said is Said.SILENT else log
            )
        return list(told.values())

    def _attempts(self, picks: Sequence[int]) -> list[Attempt]:
        """Return some attempts, mostly running ones, none twice."""
        every = [one for job in self.world.jobs for one in job.attempts]
        running = [one for one in every if one.holds_its_lease]
        ended = [one for one in every if not one.holds_its_lease]
        chosen = [_pick(running + ended[-2:], pick) for pick in picks]
        return list({one.lease: one for one in chosen}.values())

    def _mostly(self, wanted: Callable[[Job], bool]) -> list[Job]:
        """Return the wanted jobs, and two others."""
        others = [job for job in self.world.jobs if not wanted(job)]
        return [job for job in self.world.jobs if wanted(job)] + others[-2:]

    def _count_waiting(self) -> int:
        return sum(job.is_active and job.attempt is None for job in self.world.jobs)

    def _count_unchecked(self) -> int:
        return sum(file.status is AssetStatus.CHECKING for file in self.world.files)

    def _stranger(self, job: Job) -> Account:
        return next(account for account in self.world.accounts if account is not job.owner)


def _pick(candidates: Sequence[T], number: int) -> T:
    return candidates[number % len(candidates)]


def _has_time_left(job: Job) -> bool:
    return job.is_active and job.has_deadline and not job.is_overdue


def _must_stop(job: Job) -> bool:
    return job.is_active and job.is_overdue and job.cancel_requested is None
