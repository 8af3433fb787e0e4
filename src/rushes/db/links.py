"""The pages of links to what jobs made: what they say, whose they are, and who complains about them."""

from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, UserId
from rushes.domain.sharing import Making

_queries = load("links")


async def describe_share(tx: Tx, *, short_id: str) -> Making | None:
    """Return what made the output behind a link, whoever asks; `None` if no such link is in force."""
    row = await _queries.describe_share(tx, short_id=short_id)
    return row and Making(
        model=row["model"],
        engine=row["engine"],
        generative=row["generative"],
        signed=row["signed"],
        listed=row["listed"],
    )


async def report_share(tx: Tx, *, short_id: str, report: str) -> bool:
    """Tell the administrators of a link, whoever asks; `False` if no such link is in force."""
    return await _queries.report_share(tx, short_id=short_id, report=report) is not None


async def find_own_link(tx: Tx, *, short_id: str, user_id: UserId) -> JobId | None:
    """Return the job of the viewer that a link in force leads to."""
    return await _queries.find_own_link(tx, short_id=short_id, user_id=user_id)


async def list_link(tx: Tx, *, job_id: UUID, user_id: UserId, listed: bool) -> bool:
    """Let search engines list the page of a link, or not; `False` if the viewer has no such link in force."""
    return await _queries.list_link(tx, job_id=job_id, user_id=user_id, listed=listed) is not None
