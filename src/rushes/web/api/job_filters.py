"""What jobs a client can look for."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from rushes.db.job_search import JobFilter
from rushes.domain.jobs import ACTIVE, JobStatus, JobType
from rushes.web.api.wording import Text, Time

StatusName = Literal[
    "pending", "validating", "queued", "processing", "completed", "failed", "cancelled", "active"
]
"""A state by its name, or all that can still change."""

Limit = Annotated[int, Field(ge=1, le=100, description="How many at the most.")]
CursorText = Annotated[str | None, Field(max_length=200, description="`next_cursor` of the page before.")]
Search = Annotated[Text, Field(min_length=1, max_length=200)]


class JobConditions(BaseModel):
    """Conditions that a list can be asked for with, and a change of many jobs as well."""

    model_config = ConfigDict(frozen=True)

    status: Annotated[
        list[StatusName],
        Field(
            default_factory=list,
            max_length=20,
            description="Any of these; `active` is all that can still change. None means all.",
            examples=[["active"], ["completed", "failed"]],
        ),
    ]
    type: Annotated[JobType | None, Field(description="Of this job type.")] = None
    model: Annotated[Text | None, Field(max_length=63, description="By this model.", examples=["motion"])] = (
        None
    )
    project: Annotated[UUID | None, Field(description="Of this project.")] = None
    group: Annotated[UUID | None, Field(description="Of this group.")] = None

    def filter(self) -> JobFilter:
        """Return what the store takes."""
        return JobFilter(
            statuses=statuses_of(self.status),
            job_type=self.type,
            model=self.model,
            project_id=self.project,
            group_id=self.group,
        )


class JobQuery(JobConditions):
    """What a list of jobs can be asked for with."""

    session: Annotated[UUID | None, Field(description="Of this workspace session.")] = None
    parent: Annotated[UUID | None, Field(description="Made from the output of this job.")] = None
    q: Annotated[
        Search | None,
        Field(
            description="Whose prompt, or the name of an input file, contains this, in upper or lower case.",
            examples=["fox"],
        ),
    ] = None
    starred: Annotated[bool | None, Field(description="Only those with a star, or only those without.")] = (
        None
    )
    since: Annotated[
        Time | None,
        Field(
            alias="from",
            description="Created at this time or later, with its offset from UTC.",
            examples=["2026-01-31T00:00:00Z"],
        ),
    ] = None
    until: Annotated[Time | None, Field(alias="to", description="Created before this time.")] = None
    limit: Limit = 20
    cursor: CursorText = None

    def filter(self) -> JobFilter:
        """Return what the store takes."""
        return JobFilter(
            statuses=statuses_of(self.status),
            job_type=self.type,
            model=self.model,
            project_id=self.project,
            group_id=self.group,
            session_id=self.session,
            parent_id=self.parent,
            text=self.q,
            starred=self.starred,
            since=self.since,
            until=self.until,
        )


class PageQuery(BaseModel):
    """Which page of a list is asked for."""

    model_config = ConfigDict(frozen=True)

    limit: Limit = 20
    cursor: CursorText = None


def statuses_of(names: Sequence[str]) -> frozenset[JobStatus]:
    """Return the states that some names stand for."""
    return frozenset(
        status for name in names for status in (ACTIVE if name == "active" else {JobStatus(name)})
    )
