"""Who administers the system, and what of that is written down for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from rushes.domain.ids import UserId

COMMAND_LINE_NAME = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who administers: an account, in a request of its own, or nobody's account on the command line."""

    user_id: UserId | None
    request_id: str | None = None


COMMAND_LINE = Actor(user_id=None)
"""Somebody who can reach the database as its owner."""


class AuditAction(StrEnum):
    """What was done."""

    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_GRANTED = "user.granted"
    JOB_CANCELLED = "job.cancelled"
    JOB_RETRIED = "job.retried"
    JOB_REVIEWED = "job.reviewed"
    LANE_CHANGED = "lane.changed"
    MODEL_CREATED = "model.created"
    MODEL_CHANGED = "model.changed"
    WORKER_DRAINED = "worker.drained"


class TargetType(StrEnum):
    """What kind of thing it was done to."""

    USER = "user"
    JOB = "job"
    LANE = "lane"
    MODEL = "model"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuditEntry:
    """What is written down of one act: its target before and after, as far as it changed."""

    action: AuditAction
    target_type: TargetType
    target: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry(NewAuditEntry):
    """One line of the audit log; `actor` is the account's address at that time, or the command line."""

    id: UUID
    actor_id: UserId | None
    actor: str
    request_id: str | None
    created_at: datetime


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return those values of a thing that an act changed, as they were and as they are."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
