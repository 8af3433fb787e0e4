"""Submitting for clients that repeat a request by themselves, and do not say which one it is."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from uuid_utils.compat import uuid7

from rushes.actions.submit import Submission, lock_account, submit_locked
from rushes.db import idempotency, jobs, openai
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User, Viewer
from rushes.domain.jobs import Job
from rushes.domain.media import MediaLimits

REPEAT_WINDOW = timedelta(minutes=1)
"""How late a repeat is still taken for one."""

_SENT = "sent-"
_REPEATED = "sent-again-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a request came: the SHA-256 of who said what, when it began, and whether it repeats another.

    `began` is in seconds of this process's monotonic clock; `answered_within` is how long the first may have
    been under way before it was answered.
    """

    fingerprint: bytes
    began: float
    is_repeat: bool
    answered_within: timedelta = timedelta(0)


async def submit_sent(
    database: Database,
    viewer: Viewer,
    submissions: Sequence[Submission],
    *,
    limits: MediaLimits,
    sending: Sending,
) -> tuple[list[Job], bool]:
    """Write jobs down, unless the request repeats one that has; tell whether it did.

    A repeat is taken for the request with the same fingerprint that came at most a minute before it, whether
    that is answered yet or not. Of the two, whichever comes first makes the jobs.

    Raises:
        InvalidFields: Something is wrong; of several jobs, fields are named `jobs.0.…`.
        InsufficientCredits: The balance does not cover the price of all.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        # Under the account's lock: of two that come at once, the second finds what the first has made.
        user = await lock_account(tx, viewer)
        if found := await _find(tx, user, sending):
            return found, True
        submitted = await submit_locked(tx, user, submissions, limits=limits, is_batch=len(submissions) > 1)
        made = [one.job for one in submitted]
        prefix = _REPEATED if sending.is_repeat else _SENT
        await idempotency.insert_answer(
            tx,
            user_id=user.id,
            key=f"{prefix}{uuid7().hex}",
            fingerprint=sending.fingerprint,
            job_ids=[job.id for job in made],
            answer="null",
        )
    return made, False


async def _find(tx: Tx, user: User, sending: Sending) -> list[Job]:
    age = timedelta(seconds=time.monotonic() - sending.began)
    if sending.is_repeat:
        age += REPEAT_WINDOW + sending.answered_within
    # What is no repeat makes jobs of its own, unless its own repeat has overtaken it.
    job_ids = await openai.find_sent(
        tx,
        user_id=user.id,
        fingerprint=sending.fingerprint,
        age=age,
        key_prefix=_SENT if sending.is_repeat else _REPEATED,
    )
    if not job_ids:
        return []
    found = {job.id: job for job in await jobs.list_jobs_among(tx, user_id=user.id, job_ids=job_ids)}
    # What was deleted since was answered, and so is not what is asked for once more.
    return [found[job_id] for job_id in job_ids] if len(found) == len(job_ids) else []
