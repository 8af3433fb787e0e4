"""How the account's own jobs do, and what its files take."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from rushes.client.documents import Document
from rushes.client.server import Server
from rushes.domain.jobs import JobType

Window = Literal["1h", "24h", "7d", "30d"]


class Doings(Document):
    """What became of the jobs that were submitted in a window of time; those that were deleted do not count.

    `success_rate` is completed of completed and failed, 0 to 1. `average_seconds` is from the submission to
    the end of completed ones, the mean; `duration_p50_seconds` is how long their last attempts ran, the
    median.
    """

    submitted: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None = None
    credits_charged: int
    average_seconds: float | None = None
    duration_p50_seconds: float | None = None


class TypeMetrics(Doings):
    """What became of the jobs of a type."""

    job_type: JobType


class OwnMetrics(Doings):
    """How the account's own jobs do; `stored_bytes_limit` is `None` where there is no limit."""

    window: str
    since: datetime
    job_types: Sequence[TypeMetrics]
    stored_bytes: int
    stored_bytes_limit: int | None = None


async def metrics(server: Server, *, window: Window = "7d") -> OwnMetrics:
    """Return what became of the account's jobs of a window of time, by type, and what its files take."""
    request = server.request("GET", "/me/metrics", params={"window": window})
    return await server.ask(request, OwnMetrics.model_validate_json)
