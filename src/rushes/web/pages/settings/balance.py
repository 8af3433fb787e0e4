"""Credits: the balance, what is set aside, and every change of it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from rushes.db import jobs, ledger
from rushes.domain.credits import EntryKind
from rushes.web.api.account import LedgerEntryDocument, list_ledger
from rushes.web.deps import Reading
from rushes.web.pages.settings.tabs import CREDITS, render_tab

router = APIRouter(prefix=CREDITS.path, include_in_schema=False)

PAGE_ENTRIES = 20


@router.get("")
async def show(request: Request, visit: Reading, cursor: Annotated[str | None, Query()] = None) -> Response:
    """Show the balance and a page of its changes, newest first."""
    page = await list_ledger(visit, limit=PAGE_ENTRIES, cursor=cursor)
    named = [entry.job_id for entry in page.entries if entry.job_id]
    # A receipt outlives its job; a link to a job that is deleted would lead nowhere.
    found = await jobs.list_jobs_among(visit.tx, user_id=visit.viewer.user_id, job_ids=named)
    return await render_tab(
        request,
        visit,
        CREDITS,
        "credits",
        held=await ledger.sum_held(visit.tx, user_id=visit.viewer.user_id),
        entries=[(entry, _say(entry)) for entry in page.entries],
        linked={job.id for job in found},
        older=page.next_cursor and f"{CREDITS.path}?{urlencode({'cursor': page.next_cursor})}",
    )


def _say(entry: LedgerEntryDocument) -> str:
    """Return what a change was for; the page links the job, so its id need not be read."""
    match entry.kind:
        case EntryKind.GRANT:
            return f"Granted: {entry.reason}"
        case EntryKind.HOLD:
            return "Set aside for a job"
        case EntryKind.CAPTURE:
            return f"Charged {entry.reason.removeprefix('charged ')}"
        case EntryKind.RELEASE:
            return f"Given back: {entry.reason}"
