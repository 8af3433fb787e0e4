"""What jobs are put into by their owner, to be found together again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rushes.domain.ids import GroupId, ProjectId, WorkspaceSessionId
from rushes.domain.jobs import Job

RERUN_OF = "rerun_of"
"""In the metadata of a job that was made anew: the id of the first job that had its place in the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Jobs that belong together, for as long as their owner likes."""

    id: ProjectId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSession:
    """Jobs of one stretch of work."""

    id: WorkspaceSessionId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Jobs that were submitted at once."""

    id: GroupId
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSet:
    """What stands together in a workspace: a group, or a job alone, which then has the id."""

    id: UUID
    is_group: bool
    created_at: datetime


def place_of(job: Job) -> str:
    """Return the id of the job that a member of a group takes the place of; its own if of none."""
    return str(job.metadata.get(RERUN_OF, job.id))
