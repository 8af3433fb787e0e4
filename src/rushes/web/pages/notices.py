"""What a page says of the change that led to it: kept in a cookie from the answer to the next page."""

import re
from enum import StrEnum

from fastapi import Request
from starlette.responses import RedirectResponse, Response

_COOKIE = "notice"
_SECONDS = 60
_FORM = re.compile(r"([a-z_]{1,40}):(\d{1,9})(?::(\d{1,9}))?", re.ASCII)


class Notice(StrEnum):
    """What happened; the value is what stands in the cookie, a text of ours is what a page shows."""

    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    CAP_CHANGED = "cap_changed"
    DELETED = "deleted"
    EMAIL_CHANGED = "email_changed"
    GRANTED = "granted"
    KEPT = "kept"
    KEY_REVOKED = "key_revoked"
    LANE_PAUSED = "lane_paused"
    LANE_RESUMED = "lane_resumed"
    MODEL_DISABLED = "model_disabled"
    MODEL_ENABLED = "model_enabled"
    MOVED = "moved"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # what is said of one is none
    PLAN_CHANGED = "plan_changed"
    PROFILE_SAVED = "profile_saved"
    PROJECT_DELETED = "project_deleted"
    PROJECT_MADE = "project_made"
    REDELIVERED = "redelivered"
    REJECTED = "rejected"
    RENAMED = "renamed"
    REOPENED = "reopened"
    RERUN = "rerun"
    RETRIED = "retried"
    SESSIONS_ENDED = "sessions_ended"
    SESSION_ENDED = "session_ended"
    SHARED = "shared"
    STOPPING = "stopping"
    SUBMITTED = "submitted"
    TEST_DELIVERED = "test_delivered"
    TEST_FAILED = "test_failed"
    TEST_QUEUED = "test_queued"
    THEME_SAVED = "theme_saved"
    UNSHARED = "unshared"
    WEBHOOK_DELETED = "webhook_deleted"
    WEBHOOK_PAUSED = "webhook_paused"
    WEBHOOK_RESUMED = "webhook_resumed"
    WEBHOOK_SAVED = "webhook_saved"
    WORKER_DRAINS = "worker_drains"
    WORKSPACE_DELETED = "workspace_deleted"
    WORKSPACE_MADE = "workspace_made"


_KNOWN = frozenset(notice.value for notice in Notice)

_ONE = {
    Notice.ACCOUNT_DISABLED: "The account was disabled and signed out everywhere.",
    Notice.ACCOUNT_ENABLED: "The account can sign in again.",
    Notice.APPROVED: "The output was approved.",
    Notice.CANCELLED: "The job was cancelled.",
    Notice.CAP_CHANGED: "The cap was changed.",
    Notice.DELETED: "The job and its files were deleted.",
    Notice.EMAIL_CHANGED: "The email address was changed.",
    Notice.GRANTED: "The credits were added.",
    Notice.KEPT: "It is in the library now.",
    Notice.KEY_REVOKED: "The API key was revoked.",
    Notice.LANE_PAUSED: "The lane is paused: nothing more of it begins.",
    Notice.LANE_RESUMED: "The lane goes on.",
    Notice.MODEL_DISABLED: "New jobs cannot name the model any more.",
    Notice.MODEL_ENABLED: "New jobs can name the model.",
    Notice.MOVED: "It was moved.",
    Notice.PASSWORD_CHANGED: "The password was changed; all other sessions have ended.",
    Notice.PLAN_CHANGED: "The plan was changed.",
    Notice.PROFILE_SAVED: "The profile was saved.",
    Notice.PROJECT_DELETED: "The project was deleted; its jobs stay.",
    Notice.PROJECT_MADE: "The project was created.",
    Notice.REDELIVERED: "The delivery is sent once more.",
    Notice.REJECTED: "The output was rejected.",
    Notice.RENAMED: "It was renamed.",
    Notice.REOPENED: "The output waits for a review again.",
    Notice.RERUN: "It is made anew with another seed.",
    Notice.RETRIED: "The job runs again.",
    Notice.SESSIONS_ENDED: "All other sessions were ended.",
    Notice.SESSION_ENDED: "The session was ended.",
    Notice.SHARED: "Whoever has the link can see it now.",
    Notice.STOPPING: "The job is being stopped.",
    Notice.SUBMITTED: "The job was submitted.",
    Notice.TEST_DELIVERED: "The test was delivered.",
    Notice.TEST_FAILED: "The test failed; the delivery says why.",
    Notice.TEST_QUEUED: "The test waits to be sent.",
    Notice.THEME_SAVED: "The theme was saved.",
    Notice.UNSHARED: "The link no longer leads anywhere.",
    Notice.WEBHOOK_DELETED: "The webhook was deleted.",
    Notice.WEBHOOK_PAUSED: "The webhook is paused.",
    Notice.WEBHOOK_RESUMED: "The webhook is sent to again.",
    Notice.WEBHOOK_SAVED: "The webhook was saved.",
    Notice.WORKER_DRAINS: "The worker finishes what it runs and takes nothing more.",
    Notice.WORKSPACE_DELETED: "The session was deleted; its jobs stay.",
    Notice.WORKSPACE_MADE: "The session was created.",
}
_MANY = {
    Notice.CANCELLED: "{count} jobs were cancelled.",
    Notice.DELETED: "{count} jobs and their files were deleted.",
    Notice.MOVED: "{count} were moved.",
    Notice.RETRIED: "{count} jobs run again.",
    Notice.SUBMITTED: "{count} jobs were submitted.",
}


def redirect(to: str, notice: Notice, *, count: int = 1, left: int = 0) -> Response:
    """Return the answer to a form: the next page, which says what happened to how many.

    `left` are those that were to be changed as well, and could not be.
    """
    response = RedirectResponse(to, 303)
    said = f"{notice}:{count}:{left}"
    response.set_cookie(_COOKIE, said, max_age=_SECONDS, httponly=True, samesite="lax")
    return response


def read_notice(request: Request) -> str | None:
    """Return what the page has to say, in words; `None` for nothing, and for a cookie that is not ours."""
    found = _FORM.fullmatch(request.cookies.get(_COOKIE, ""))
    if found is None or found[1] not in _KNOWN:
        return None
    done = _done(Notice(found[1]), int(found[2]))
    left = int(found[3] or 0)
    if left == 0:
        return done
    return f"{done} {left:,} could not be and {'stays as it is' if left == 1 else 'stay as they are'}."


def forget_notice(response: Response) -> None:
    """Have it said once."""
    response.delete_cookie(_COOKIE, httponly=True, samesite="lax")


def _done(notice: Notice, count: int) -> str:
    if count == 1 or notice not in _MANY:
        return _ONE[notice]
    return _MANY[notice].format(count=f"{count:,}" if count else "No")
