"""What only the dialect of OpenAI's API asks for."""

from datetime import datetime, timedelta
from uuid import UUID

from rushes.db.jobs import job_from_row
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, UserId
from rushes.domain.jobs import Job

_queries = load("openai")


async def list_films(
    tx: Tx, *, user_id: UserId, time: datetime, after: UUID, count: int, oldest_first: bool
) -> list[Job]:
    """Return a page of the viewer's jobs that make no picture: those after a moment and an id."""
    query = _queries.list_films_after if oldest_first else _queries.list_films_before
    return [job_from_row(row) async for row in query(tx, user_id=user_id, time=time, id=after, count=count)]


async def get_created(tx: Tx, *, job_id: UUID, user_id: UserId) -> datetime | None:
    """Return when a job of the viewer was created, be it deleted or not."""
    row = await _queries.get_created(tx, job_id=job_id, user_id=user_id)
    return row and row["created_at"]


async def list_model_dates(tx: Tx) -> dict[str, datetime]:
    """Return since when each model is there that can be asked for."""
    return {row["slug"]: row["created_at"] async for row in _queries.list_model_dates(tx)}


async def find_sent(
    tx: Tx, *, user_id: UserId, fingerprint: bytes, age: timedelta, key_prefix: str
) -> list[JobId]:
    """Return what the newest request with the same words made, if it came within `age`; else nothing.

    Of those that were noted under a key with some prefix.
    """
    row = await _queries.find_sent(
        tx, user_id=user_id, fingerprint=fingerprint, age=age, among=f"{key_prefix}%"
    )
    return [] if row is None else [JobId(job_id) for job_id in row["job_ids"]]
