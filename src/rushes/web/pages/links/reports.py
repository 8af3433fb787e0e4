"""Reporting what a link leads to, by whoever has seen it."""

from typing import Annotated

import fastapi
from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.actions import share as sharing
from rushes.domain.sharing import ReportReason
from rushes.errors import FieldProblem, InvalidFields, Limited, Missing, RushesError, ShareRevoked
from rushes.web.deps import Limits, SameOrigin, Wired
from rushes.web.errors import STATUSES
from rushes.web.pages.links.share import find_linked
from rushes.web.pages.rendering import render

router = APIRouter(prefix="/v/{short_id}/report", include_in_schema=False)

Field = Annotated[str, fastapi.Form()]

_REASONS = {
    ReportReason.PERSON: "It shows somebody who did not agree to it",
    ReportReason.RIGHTS: "It uses work that belongs to somebody else",
    ReportReason.SEXUAL: "It is sexual",
    ReportReason.VIOLENT: "It is violent or hateful",
    ReportReason.MISLEADING: "It pretends to be true and is not",
    ReportReason.OTHER: "Something else",
}


@router.get("")
async def show(short_id: str, request: Request, services: Wired, rate_limits: Limits) -> Response:
    """Ask what is wrong with it."""
    await find_linked(services, rate_limits, request, short_id)
    return _page(request, short_id)


@router.post("", dependencies=[SameOrigin])
async def report(
    short_id: str,
    request: Request,
    services: Wired,
    rate_limits: Limits,
    reason: Field = "",
    details: Field = "",
) -> Response:
    """Put it before the administrators, and say so."""
    try:
        rate_limits.count_report(request)
        await find_linked(services, rate_limits, request, short_id)
        await sharing.report_link(
            services.database, short_id=short_id, reason=_read(reason), details=details.strip()
        )
    except (Missing, ShareRevoked):
        raise
    except RushesError as error:
        return _page(request, short_id, error, reason=reason, details=details)
    return render(request, "share_reported.html", short_id=short_id)


def _read(reason: str) -> ReportReason:
    try:
        return ReportReason(reason)
    except ValueError:
        raise InvalidFields(fields=(FieldProblem(field="reason", message="Choose a reason."),)) from None


def _page(request: Request, short_id: str, error: RushesError | None = None, **values: str) -> Response:
    problems = {one.field: one.message for one in error.fields} if error else {}
    page = render(
        request,
        "share_report.html",
        status=STATUSES[error.kind] if error else 200,
        short_id=short_id,
        reasons=_REASONS,
        values=values,
        problems=problems,
        summary=error.message if error and not problems else None,
    )
    if isinstance(error, Limited):
        page.headers["Retry-After"] = str(error.retry_after_seconds)
    return page
