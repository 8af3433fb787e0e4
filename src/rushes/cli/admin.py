"""`rushes admin`: what an operator does to accounts, straight in the database."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from rushes.actions import credits as credits_
from rushes.actions.accounts import Registration
from rushes.actions.admin_accounts import create
from rushes.cli.database import reach, require_migrated
from rushes.db.pool import Database, open_database
from rushes.errors import Invalid
from rushes.settings import Settings

T = TypeVar("T")


def operate(settings: Settings, act: Callable[[Database], Awaitable[T]]) -> T:
    """Do something to the database as the schema's owner, and return what comes of it.

    Raises:
        Unavailable: The database has to be migrated first.
        DatabaseUnavailable: It does not answer.
    """
    with reach(settings) as database:
        return asyncio.run(operate_on(database.url, act))


def create_user(settings: Settings, registration: Registration) -> None:
    """Create an account and say what it is."""
    user = operate(settings, lambda database: create(database, registration))
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


def grant(settings: Settings, *, email: str, amount: int, reason: str) -> None:
    """Give credits to an account and say what it has now."""
    entry = operate(
        settings, lambda database: credits_.grant(database, email=email, amount=amount, reason=reason)
    )
    print(f"Granted {entry.amount} credits to {email}; the balance is {entry.balance_after}.")


async def operate_on(url: str, act: Callable[[Database], Awaitable[T]]) -> T:
    """Do something to a database that is reachable already; else as `operate`."""
    await require_migrated(url)
    database = await open_database(url, role=None, connections=1)
    try:
        return await act(database)
    finally:
        await database.close()
