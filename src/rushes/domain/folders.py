"""What jobs are put into by their owner, to be found together again."""

from dataclasses import dataclass
from datetime import datetime

from rushes.domain.ids import GroupId, ProjectId, WorkspaceSessionId


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
