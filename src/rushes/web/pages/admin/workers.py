"""The page of workers: who is alive, and having one take nothing more."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.actions import admin_workers
from rushes.db import workers
from rushes.errors import Missing
from rushes.web.api.admin.access import Administrator
from rushes.web.deps import Wired
from rushes.web.pages.admin.access import Oversight, render_admin
from rushes.web.pages.admin.confirming import Question, ask
from rushes.web.pages.notices import Notice, redirect

router = APIRouter(prefix="/workers")

_HERE = "/admin/workers"


@router.get("")
async def show(request: Request, visit: Oversight) -> Response:
    """Show the workers, those that started last first."""
    found = await workers.list_workers(visit.tx)
    return await render_admin(request, visit, "workers.html", tab=_HERE, workers=found)


@router.get("/{worker_id}/drain")
async def ask_to_drain(worker_id: UUID, request: Request, visit: Oversight) -> Response:
    """Ask whether the worker should take nothing more."""
    worker = await workers.get_worker(visit.tx, worker_id=worker_id)
    if worker is None:
        raise Missing("There is no such worker.")
    question = Question(
        heading=f"Drain the worker “{worker.name}”?",
        text=f"It finishes what it runs, {worker.processing:,} now, and takes nothing more. This cannot "
        "be taken back: to have it work again, its process is started anew.",
        action=f"{_HERE}/{worker_id}/drain",
        word="Drain",
        keep="Keep it working",
        back=_HERE,
    )
    return await ask(request, visit, question, tab=_HERE)


@router.post("/{worker_id}/drain")
async def drain(worker_id: UUID, services: Wired, administrator: Administrator) -> Response:
    """Have the worker finish what it runs and take nothing more."""
    await admin_workers.drain(services.database, administrator, worker_id=worker_id)
    return redirect(_HERE, Notice.WORKER_DRAINS)
