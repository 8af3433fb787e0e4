"""Opaque marks of where a page of a list ended."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from rushes.domain.jobs import Job
from rushes.errors import FieldProblem, InvalidFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The next page begins after the job that was created at `time` and has this id."""

    time: datetime
    id: UUID


START = Cursor(time=datetime(9999, 1, 1, tzinfo=UTC), id=UUID(int=2**128 - 1))
"""Before the newest job that can be."""


def cursor_after(job: Job) -> str:
    """Return the mark of the page that begins after a job."""
    text = f"{job.created_at.astimezone(UTC).isoformat()} {job.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Return what `cursor_after` wrote.

    Raises:
        InvalidFields: It did not write this.
    """
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        time, _, id_ = decoded.partition(" ")
        return Cursor(time=datetime.fromisoformat(time).astimezone(UTC), id=UUID(id_))
    except (binascii.Error, ValueError, OverflowError) as error:
        problem = FieldProblem(field="cursor", message="Use the next_cursor of an earlier answer.")
        raise InvalidFields(fields=(problem,)) from error
