"""Requests that may come twice: what the first was answered with."""

from collections.abc import Sequence
from dataclasses import dataclass

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, UserId

_queries = load("idempotency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The jobs that a request made, and what it was answered with; `fingerprint` is the SHA-256 of its body.

    `answer` is JSON; `None` if an older release answered.
    """

    fingerprint: bytes
    job_ids: tuple[JobId, ...]
    answer: str | None


async def get_answer(tx: Tx, *, user_id: UserId, key: str) -> Answer | None:
    """Return what was answered to the viewer's request with this key; `None` if it never came."""
    row = await _queries.get_answer(tx, user_id=user_id, key=key)
    return row and Answer(
        fingerprint=row["fingerprint"], job_ids=tuple(map(JobId, row["job_ids"])), answer=row["answer"]
    )


async def insert_answer(
    tx: Tx, *, user_id: UserId, key: str, fingerprint: bytes, job_ids: Sequence[JobId], answer: str
) -> None:
    """Remember what a request is answered with; the account's row is locked."""
    await _queries.insert_answer(
        tx, user_id=user_id, key=key, fingerprint=fingerprint, job_ids=list(job_ids), answer=answer
    )
