"""Getting to the database: the one that the settings name, or the embedded one of the home folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from rushes.db.migrate import current_revision, newest_revision
from rushes.embedded.server import EmbeddedPostgres
from rushes.errors import Unavailable
from rushes.settings import Settings


@contextmanager
def reach(settings: Settings) -> Iterator[str]:
    """Give the database's URL; an embedded server that this starts is stopped at the end.

    Raises:
        EmbeddedDatabaseError: The embedded server can be neither started nor joined.
    """
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    server = EmbeddedPostgres(settings.home / "postgres")
    try:
        yield server.start().url
    finally:
        server.stop()


async def require_migrated(url: str) -> None:
    """Refuse a database that is older than this version; a newer one is meant to work.

    Raises:
        Unavailable: It has to be migrated first.
        DatabaseUnavailable: It does not answer.
    """
    revision = await current_revision(url)
    if is_outdated(revision):
        raise Unavailable(
            f"The database stands at revision {revision or 'none'}, and this version needs {newest_revision()}. "
            "Run `rushes migrate`."
        )


def is_outdated(revision: str | None) -> bool:
    """Tell whether a database at this revision lacks what this version needs."""
    return revision is None or revision < newest_revision()
