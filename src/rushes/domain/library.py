"""What completed jobs made, as their owners keep it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.domain.ids import JobId, ProjectId, UserId
from rushes.domain.jobs import Destination, Orientation


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryEntry:
    """A film or a picture; its files are those of its job.

    `duration_seconds` is `None` for a picture. The star, the rating (1 to 5), the project and the destination
    are those of the job.
    """

    id: UUID
    user_id: UserId
    job_id: JobId
    prompt: str | None
    orientation: Orientation
    model_used: str
    duration_seconds: float | None
    status: str
    metadata: Mapping[str, Any]
    starred: bool
    rating: int | None
    project_id: ProjectId | None
    destination: Destination
    short_id: str | None
    created_at: datetime
    updated_at: datetime
