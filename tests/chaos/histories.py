"""What must be true of the attempts and events of each job, from its first to its last."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from rushes.db.pool import Tx
from rushes.domain.jobs import BEGINNINGS, TRANSITIONS, JobStatus, is_final
from rushes.domain.scheduling import MAX_WORKERS_KILLED

JOBS = "SELECT id, status, attempts, max_attempts, attempts_before, error_code FROM jobs"
ATTEMPTS = """
    SELECT a.job_id, a.number, a.outcome, a.log, w.pid
    FROM attempts a LEFT JOIN workers w ON w.id = a.worker_id
    ORDER BY a.job_id, a.number
"""
EVENTS = "SELECT job_id, type, data->>'attempt' AS attempt FROM job_events ORDER BY id"

_MARK = re.compile(r"(begins|ends) ([0-9a-f]{32}) in (\d+)")


async def check_histories(tx: Tx) -> list[str]:
    """Return what is wrong with the jobs' attempts and events."""
    attempts: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in await tx.fetch(ATTEMPTS):
        attempts[row["job_id"]].append(row)
    events: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in await tx.fetch(EVENTS):
        events[row["job_id"]].append(row)
    wrong = [problem for each in attempts.values() for problem in _marks(each)]
    runs = Counter(run for each in attempts.values() for one in each for run in _runs(one["log"]))
    wrong += [f"the run {run} wrote into {count} attempts" for run, count in runs.items() if count > 1]
    for job in await tx.fetch(JOBS):
        own = attempts[job["id"]], events[job["id"]]
        problems = [*_attempts(job, own[0]), *_steps(job, own[1]), *_rounds(job, *own)]
        wrong += [f"{job['id']}: {problem}" for problem in problems]
    return wrong


def _runs(log: str) -> set[str]:
    return {match[2] for match in _MARK.finditer(log)}


def _marks(attempts: Sequence[Any]) -> Iterator[str]:
    for one in attempts:
        pids = {int(match[3]) for match in _MARK.finditer(one["log"])}
        said = {match[1] for match in _MARK.finditer(one["log"])}
        name = f"attempt {one['number']} of {one['job_id']}"
        if len(_runs(one["log"])) > 1 or not pids <= {one["pid"]}:
            yield f"{name} by {one['pid']} has the log of another: {one['log'][:300]!r}"
        if one["outcome"] == "succeeded" and said != {"begins", "ends"}:
            yield f"{name} succeeded without having run to its end: {one['log'][:300]!r}"


def _attempts(job: Any, attempts: Sequence[Any]) -> Iterator[str]:
    outcomes = [one["outcome"] for one in attempts]
    if [one["number"] for one in attempts] != list(range(1, job["attempts"] + 1)):
        yield f"has {job['attempts']} attempts, and these: {[one['number'] for one in attempts]}"
    if job["attempts"] > job["max_attempts"]:
        yield f"was tried {job['attempts']} times, {job['max_attempts']} are allowed"
    if None in outcomes:
        yield f"has attempts without an end: {outcomes}"
    if (outcomes.count("succeeded"), outcomes[-1:] == ["succeeded"]) != (
        (1, True) if job["status"] == "completed" else (0, False)
    ):
        yield f"is {job['status']} after {outcomes}"


def _steps(job: Any, events: Sequence[Any]) -> Iterator[str]:
    states = [JobStatus(event["type"].removeprefix("job.")) for event in events if _is_state(event["type"])]
    if not BEGINNINGS.issuperset(states[:1]) or states[-1:] != [job["status"]]:
        yield f"is {job['status']}, and its events are {[*map(str, states)]}"
    for before, after in pairwise(states):
        if after not in TRANSITIONS[before]:
            yield f"went from {before} to {after}: {[*map(str, states)]}"
    endings = sum(map(is_final, states))
    beginnings = 1 + states[1:].count(JobStatus.PENDING)
    if endings != beginnings:
        yield f"was begun {beginnings} times and ended {endings} times"


def _is_state(kind: str) -> bool:
    return kind.removeprefix("job.") in set(JobStatus)


def _rounds(job: Any, attempts: Sequence[Any], events: Sequence[Any]) -> Iterator[str]:
    """Check that no job is tried again, in the time between two requests of its owner, after three losses."""
    outcomes = {one["number"]: one["outcome"] for one in attempts}
    lost = [0]
    for event in events[1:]:
        if event["type"] == "job.pending":
            lost.append(0)
        elif event["type"] == "job.processing":
            if lost[-1] >= MAX_WORKERS_KILLED:
                yield f"was tried again after it had cost {lost[-1]} workers"
            lost[-1] += outcomes.get(int(event["attempt"])) == "lost"
    quarantined = job["error_code"] == "quarantined"
    if quarantined and lost[-1] != MAX_WORKERS_KILLED:
        yield f"is quarantined after it has cost {lost[-1]} workers"
    if job["status"] == "failed" and lost[-1] >= MAX_WORKERS_KILLED and not quarantined:
        yield f"has cost {lost[-1]} workers and failed as {job['error_code']}"
