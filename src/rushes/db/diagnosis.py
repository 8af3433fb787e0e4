"""What a check-up asks of the database: its version, clock and schema, and whether our roles can be taken."""

from dataclasses import dataclass
from datetime import datetime

from rushes.db.pool import ADMIN_ROLE, WEB_ROLE, WORKER_ROLE, Tx
from rushes.db.queries import load

_queries = load("diagnosis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server's version and the time on its clock."""

    version: str
    clock: datetime


async def get_server(tx: Tx) -> Server:
    """Ask the server what and when it is."""
    row = await _queries.get_server(tx)
    return Server(version=row["version"], clock=row["clock"])


async def get_revision(tx: Tx) -> str | None:
    """Return the revision that the schema stands at."""
    return await _queries.get_revision(tx)


async def list_roles_not_held(tx: Tx) -> list[str]:
    """Return those of our roles that are missing, or that the current user may not take."""
    roles = [WEB_ROLE, WORKER_ROLE, ADMIN_ROLE]
    return [row["name"] async for row in _queries.list_roles_not_held(tx, roles=roles)]
