"""What a page says of the change that led to it: kept in a cookie from the answer to the next page."""

import re
from enum import StrEnum

from fastapi import Request
from starlette.responses import RedirectResponse, Response

_COOKIE = "notice"
_SECONDS = 60
_FORM = re.compile(r"([a-z_]{1,40}):(\d{1,9})", re.ASCII)


class Notice(StrEnum):
    """What happened; the value is what stands in the cookie, a text of ours is what a page shows."""

    CANCELLED = "cancelled"
    DELETED = "deleted"
    RETRIED = "retried"
    SUBMITTED = "submitted"


_ONE = {
    Notice.CANCELLED: "The job was cancelled.",
    Notice.DELETED: "The job and its files were deleted.",
    Notice.RETRIED: "The job runs again.",
    Notice.SUBMITTED: "The job was submitted.",
}
_MANY = {
    Notice.CANCELLED: "{count} jobs were cancelled.",
    Notice.DELETED: "{count} jobs and their files were deleted.",
    Notice.RETRIED: "{count} jobs run again.",
    Notice.SUBMITTED: "{count} jobs were submitted.",
}


def redirect(to: str, notice: Notice, *, count: int = 1) -> Response:
    """Return the answer to a form: the next page, which says what happened."""
    response = RedirectResponse(to, 303)
    response.set_cookie(_COOKIE, f"{notice}:{count}", max_age=_SECONDS, httponly=True, samesite="lax")
    return response


def read_notice(request: Request) -> str | None:
    """Return what the page has to say, in words; `None` for nothing, and for a cookie that is not ours."""
    found = _FORM.fullmatch(request.cookies.get(_COOKIE, ""))
    if found is None or found[1] not in Notice:
        return None
    notice, count = Notice(found[1]), int(found[2])
    if count == 1 or notice not in _MANY:
        return _ONE[notice]
    return _MANY[notice].format(count=f"{count:,}")


def forget_notice(response: Response) -> None:
    """Have it said once."""
    response.delete_cookie(_COOKIE, httponly=True, samesite="lax")
