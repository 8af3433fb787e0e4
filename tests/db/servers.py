"""Speaking to a server beside the pools of the product."""

from urllib.parse import urlsplit, urlunsplit

import asyncpg


async def execute(url: str, *statements: str) -> None:
    """Run statements outside any transaction."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def of_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def as_user(url: str, *, name: str, password: str) -> str:
    """The URL with another user."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port}"))
