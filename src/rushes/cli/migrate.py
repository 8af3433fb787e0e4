"""`rushes migrate`: the database's schema and shipped models, brought to this version."""

import asyncio

from rushes.actions.catalogue import ship_models
from rushes.cli.database import reach
from rushes.db.migrate import current_revision
from rushes.db.migrate import migrate as migrate_schema
from rushes.settings import Settings


def migrate(settings: Settings) -> None:
    """Run what is pending, and say from where to where."""
    with reach(settings) as database:
        before, after = asyncio.run(_migrate(database.url))
    if before == after:
        print(f"The database is at revision {after} already.")
    else:
        print(f"The database went from {before or 'empty'} to revision {after}.")


async def _migrate(url: str) -> tuple[str | None, str | None]:
    before = await current_revision(url)
    await migrate_schema(url)
    await ship_models(url)
    return before, await current_revision(url)
