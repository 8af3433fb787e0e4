"""Getting to the database: the one that the settings name, or the embedded one of the home folder."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from rushes.db.migrate import current_revision, newest_revision
from rushes.embedded.server import Connection, EmbeddedPostgres
from rushes.errors import Unavailable
from rushes.settings import Settings


@contextmanager
def reach(settings: Settings) -> Generator[Connection]:
    """Give the database's URL; an embedded server that this process started is stopped at the end.

    Raises:
        EmbeddedDatabaseError: The embedded server can be neither started nor joined.
    """
    if settings.database_url is not None:
        yield Connection(url=settings.database_url.get_secret_value(), owned=False)
        return
    server = EmbeddedPostgres(settings.home / "postgres")
    try:
        yield server.start()
    finally:
        server.stop()


def warn_if_borrowed(settings: Settings, connection: Connection) -> None:
    """Say so if the embedded server will end with another command."""
    if settings.database_url is None and not connection.owned:
        print(
            f"The database in {settings.home} was started by another command, and ends with that one.",
            file=sys.stderr,
        )


async def require_migrated(url: str) -> None:
    """Refuse a database that is older than this version; a newer one is meant to work.

    Raises:
        Unavailable: It has to be migrated first.
        DatabaseUnavailable: It does not answer.
    """
    revision = await current_revision(url)
    if is_outdated(revision):
        raise Unavailable(
            f"The database stands at revision {revision or 'none'}, and this version of Rushes needs "
            f"{newest_revision()}. Run `rushes migrate`."
        )


def is_outdated(revision: str | None) -> bool:
    """Tell whether a database at this revision lacks what this version needs."""
    return revision is None or revision < newest_revision()
