"""`rushes admin`: what an operator does to accounts, straight in the database."""

import asyncio
import sys

import typer

from rushes.actions.accounts import Registration, register
from rushes.cli.database import reach, require_migrated
from rushes.db.pool import open_database
from rushes.domain.accounts import User
from rushes.errors import Invalid
from rushes.settings import Settings


def create_user(settings: Settings, registration: Registration) -> None:
    """Create an account and say what it is."""
    with reach(settings) as database:
        user = asyncio.run(_create(database.url, registration))
    print(f"Created {user.email}: role {user.role}, plan {user.plan}, {user.credits} credits.")


def read_password(*, from_stdin: bool) -> str:
    """Read a new password: a line of standard input, or asked for twice on the terminal.

    Raises:
        Invalid: There is neither.
    """
    if from_stdin:
        return sys.stdin.readline().removesuffix("\n")
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask for the password on. Pipe it in with --password-stdin.")
    return typer.prompt("Password", hide_input=True, confirmation_prompt=True)


async def _create(url: str, registration: Registration) -> User:
    await require_migrated(url)
    database = await open_database(url, role=None, connections=1)
    try:
        return await register(database, registration)
    finally:
        await database.close()
