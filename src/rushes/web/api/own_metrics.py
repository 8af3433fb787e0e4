"""How the viewer's own jobs do, and what his files take."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from rushes.db import media, own_metrics
from rushes.db.own_metrics import Doings
from rushes.domain.jobs import JobType
from rushes.web.api.windows import WINDOWS, Window
from rushes.web.deps import Reading, Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/me/metrics", tags=["account"])


class DoingsDocument(BaseModel):
    """What became of the jobs that were submitted in the window."""

    model_config = ConfigDict(from_attributes=True)

    submitted: int
    completed: Annotated[int, Field(description="Of these, those that are completed by now.")]
    failed: int
    cancelled: int
    success_rate: Annotated[
        float | None,
        Field(ge=0, le=1, description="Completed of completed and failed; null if there are none."),
    ]
    credits_charged: Annotated[int, Field(description="What the completed ones did cost, in credits.")]
    average_seconds: Annotated[
        float | None,
        Field(description="From the submission to the end of completed ones, the mean; null if none is."),
    ]
    duration_p50_seconds: Annotated[
        float | None,
        Field(description="How long the last attempt of completed ones ran, the median; null if none is."),
    ]


class OwnTypeMetrics(DoingsDocument):
    """What became of the jobs of a type."""

    job_type: JobType

    @classmethod
    def of(cls, doings: Doings) -> Self:
        """Show what was done of a type."""
        return cls(job_type=JobType(doings.job_type), **_values(doings))


class OwnMetrics(DoingsDocument):
    """How the viewer's own jobs do; deleted ones do not count."""

    window: Window
    since: Annotated[datetime, Field(description="When the window begins.")]
    job_types: Annotated[list[OwnTypeMetrics], Field(description="Those that the window knows.")]
    stored_bytes: Annotated[int, Field(description="What the account's files have now, outputs among them.")]
    stored_bytes_limit: Annotated[
        int | None, Field(description="With so many, it can upload no more; null for no limit.")
    ]


@router.get("", responses=documented(401))
async def show_own_metrics(
    visit: Reading,
    services: Wired,
    window: Annotated[Window, Query(description="How far to look back.")] = "7d",
) -> OwnMetrics:
    """Return what became of the viewer's jobs of a window of time, by type, and what his files take."""
    since = datetime.now(UTC) - WINDOWS[window]
    *by_type, total = await own_metrics.measure_jobs(visit.tx, user_id=visit.viewer.user_id, since=since)
    return OwnMetrics(
        window=window,
        since=since,
        job_types=[OwnTypeMetrics.of(doings) for doings in by_type],
        stored_bytes=await media.sum_stored(visit.tx, user_id=visit.viewer.user_id),
        stored_bytes_limit=services.limits.stored_bytes or None,
        **_values(total),
    )


def _values(doings: Doings) -> dict[str, Any]:
    judged = doings.completed + doings.failed
    return {
        "submitted": doings.submitted,
        "completed": doings.completed,
        "failed": doings.failed,
        "cancelled": doings.cancelled,
        "success_rate": doings.completed / judged if judged else None,
        "credits_charged": doings.credits_charged,
        "average_seconds": doings.average_seconds,
        "duration_p50_seconds": doings.run_median_seconds,
    }
