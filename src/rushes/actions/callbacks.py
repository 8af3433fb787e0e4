"""Letting a provider far away report on one attempt, and taking what it reports."""

from datetime import UTC, datetime, timedelta
from typing import assert_never

from rushes.db import callbacks
from rushes.db.callbacks import Taken
from rushes.db.pool import Database
from rushes.domain.callbacks import CallbackToken, Report, read_token, write_token
from rushes.domain.jobs import Attempt
from rushes.errors import Conflict, LeaseLost


def mint_callback_token(secret: bytes, attempt: Attempt, *, lifetime: timedelta) -> str:
    """Return a token with which this attempt alone can be reported on, while it holds its lease."""
    token = CallbackToken(
        job_id=attempt.job.id,
        number=attempt.number,
        lease=attempt.lease,
        expires_at=datetime.now(UTC) + lifetime,
    )
    return write_token(secret, token)


def check_callback_token(secret: bytes, text: str) -> CallbackToken:
    """Return what a token stands for; whether its attempt still runs is for the database to say.

    Raises:
        SignatureInvalid: It was not minted here, or was altered.
        SignatureExpired: Its time is over.
    """
    return read_token(secret, text, now=datetime.now(UTC))


async def report(database: Database, token: CallbackToken, report: Report) -> None:
    """Take a report for the worker that waits for it; an end that is repeated word for word is taken once.

    Raises:
        LeaseLost: The attempt is over, or another one owns the job; nothing was changed.
        Conflict: Another end was reported before; nothing was changed.
    """
    async with database.transaction() as tx:
        taken = await callbacks.report_attempt(tx, token=token, report=report)
    match taken:
        case Taken.TAKEN | Taken.REPEATED:
            return
        case Taken.ENDED:
            raise Conflict("The end of this attempt was reported before.")
        case Taken.LATE:
            raise LeaseLost("This attempt is over, or another one owns the job now.")
        case _:
            assert_never(taken)
