"""Filling the catalogue with the models that ship with the software."""

from rushes.db import catalogue
from rushes.db.pool import open_database


async def ship_models(url: str) -> None:
    """Add the shipped models that the database lacks, and new options; what an operator changed stays.

    Raises:
        DatabaseUnavailable: The server does not answer or refuses the credentials.
    """
    database = await open_database(url, role=None, connections=1)
    try:
        async with database.transaction() as tx:
            for model in catalogue.shipped_models():
                await catalogue.add_model(tx, model)
    finally:
        await database.close()
