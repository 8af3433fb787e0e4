"""The clock of the database: the only one that deadlines are kept by."""

from datetime import datetime

from rushes.db.pool import Tx
from rushes.db.queries import load

_queries = load("clock")


async def has_passed(tx: Tx, moment: datetime) -> bool:
    """Tell whether a moment is over."""
    return await _queries.has_passed(tx, moment=moment)
