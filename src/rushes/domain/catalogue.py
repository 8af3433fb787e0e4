"""The models that a job can name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rushes.domain.credits import Price
from rushes.domain.jobs import JobType


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
