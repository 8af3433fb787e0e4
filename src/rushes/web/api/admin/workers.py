"""Workers: who is alive, what each does, and having one take nothing more."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rushes.actions import admin_workers
from rushes.db import workers
from rushes.db.workers import WorkerRecord, WorkerState
from rushes.web.api.admin.access import Administrator, Overview
from rushes.web.deps import Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/workers", tags=["admin"])


class WorkerDocument(BaseModel):
    """A worker as it stands now."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    host: str
    pid: Annotated[int, Field(description="Its process, on that host.")]
    lanes: Annotated[list[str], Field(description="What it takes jobs from.")]
    engines: Annotated[list[str], Field(description="What it can run.")]
    slots: Annotated[int, Field(description="How many jobs it runs at once.")]
    processing: Annotated[int, Field(description="How many it runs now.")]
    version: str
    state: Annotated[
        WorkerState,
        Field(description="`draining` takes nothing more; `gone` has ended, or was silent for a minute."),
    ]
    started_at: datetime
    heartbeat_at: Annotated[datetime, Field(description="When it was last heard of.")]
    drain_requested_at: Annotated[
        datetime | None, Field(description="When it was asked to take nothing more.")
    ]

    @classmethod
    def of(cls, worker: WorkerRecord) -> Self:
        """Show a worker to an administrator."""
        return cls.model_validate(worker)


class WorkerList(BaseModel):
    """The workers, those that started last first; those long gone are forgotten."""

    workers: list[WorkerDocument]


@router.get("", responses=documented(401, 403))
async def list_workers(tx: Overview) -> WorkerList:
    """Return the workers with what each runs."""
    return WorkerList(workers=[WorkerDocument.of(worker) for worker in await workers.list_workers(tx)])


@router.post("/{worker_id}/drain", responses=documented(401, 403, 404, 409))
async def drain_worker(worker_id: UUID, services: Wired, administrator: Administrator) -> WorkerDocument:
    """Have a worker finish what it runs and take nothing more.

    It stays, idle and `draining`, until its process is stopped: stop it when `processing` is 0.
    """
    drained = await admin_workers.drain(services.database, administrator, worker_id=worker_id)
    return WorkerDocument.of(drained)
