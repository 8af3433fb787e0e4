"""The models that a job can name, in their lanes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rushes.domain.credits import Price
from rushes.domain.jobs import JobType, Quality
from rushes.errors import FieldProblem

MAX_CAP = 100_000
"""More jobs than any fleet runs at once; who wants more wants no cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A row of the catalogue: which engine makes what, in which lane, at what price, within what limits."""

    slug: str
    title: str
    description: str
    engine: str
    lane: str
    job_types: frozenset[JobType]
    options_schema: Mapping[str, Any]
    price: Price
    time_limit_seconds: int
    max_attempts: int
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """What another name of a model stands for beside the model, such as `sdxl_image_fast`."""

    job_type: JobType | None
    quality: Quality | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A lane as it stands now.

    `cap` is how many of its jobs may run at once, `None` for as many as workers take; `backing_off` counts
    the jobs that rest before a retry, which `queued` does not; `slots` are those of its live `workers`, which
    may serve other lanes with them too.
    """

    name: str
    paused_at: datetime | None
    cap: int | None
    queued: int
    backing_off: int
    processing: int
    workers: int
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneModel:
    """A model as it stands now in its lane; `cap` and the counts mean what they mean for a `Lane`."""

    slug: str
    title: str
    lane: str
    enabled: bool
    cap: int | None
    queued: int
    backing_off: int
    processing: int


def cap_problem(cap: int | None, *, field: str = "cap") -> FieldProblem | None:
    """Say what is wrong with the cap of a lane or a model, if anything; `None` is no cap."""
    if cap is None or 1 <= cap <= MAX_CAP:
        return None
    return FieldProblem(field=field, message=f"Give a number from 1 to {MAX_CAP}, or none for no cap.")
