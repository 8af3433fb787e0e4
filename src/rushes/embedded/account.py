"""The account that PostgreSQL runs under: PostgreSQL refuses root, so root lends it a low one."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rushes.errors import EmbeddedDatabaseError

LOW_ACCOUNTS = ("rushes", "postgres", "nobody")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

_FIRST_BLOCKED = 'for path; do [ -x "$path" ] || { printf %s "$path"; exit 0; }; done'


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A low account that root hands PostgreSQL to."""

    name: str
    uid: int
    gid: int


def choose_account(data: Path) -> Account | None:
    """Choose the account for the database in `data`; `None` is the one that we run under already.

    An existing database keeps the account that owns it, whichever accounts were added since.

    Raises:
        EmbeddedDatabaseError: no account fits, or the database belongs to somebody else.
    """
    if os.geteuid() != 0:
        _check_own_account(data)
        return None
    if data.exists():
        return _owner(data)
    for name in LOW_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root, and none of the accounts rushes, postgres and nobody exists. "
        "Create one with `useradd --system rushes`, or start Rushes as an ordinary user."
    )


def account_name(uid: int) -> str:
    """Return the name of `uid`, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def first_blocked(path: Path, account: Account) -> Path | None:
    """Return the first part of the way to `path`, itself included, that `account` cannot enter or run."""
    way = [str(part) for part in (*reversed(path.parents), path)]
    check = run_as(account, ["/bin/sh", "-c", _FIRST_BLOCKED, "sh", *way], timeout_seconds=30)
    return Path(check.stdout) if check.stdout else None


def run_as(
    account: Account | None, command: Sequence[str], *, timeout_seconds: float, pass_fds: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end as `account`; its output and complaints are the result's `stdout`."""
    return subprocess.run(
        command,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        env=ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="surrogateescape",
        timeout=timeout_seconds,
        pass_fds=pass_fds,
        check=False,
    )


def _check_own_account(data: Path) -> None:
    uid = os.geteuid()
    if data.exists():
        owner = data.stat().st_uid
        if owner != uid:
            raise EmbeddedDatabaseError(
                f"The database in {data} belongs to the account {account_name(owner)}, "
                f"and Rushes runs as {account_name(uid)}. Start it as {account_name(owner)}, "
                "or choose another folder."
            )
    elif account_name(uid) == str(uid):
        raise EmbeddedDatabaseError(
            f"The user id {uid} has no entry in /etc/passwd, and PostgreSQL needs one. "
            "Add it, run as an account that exists, or point RUSHES_DATABASE_URL at a PostgreSQL of your own."
        )


def _owner(data: Path) -> Account:
    status = data.stat()
    if status.st_uid == 0:
        raise EmbeddedDatabaseError(
            f"The database in {data} belongs to root, and PostgreSQL does not run as root. "
            f"Give it back to its account, for example: chown -R postgres {data}"
        )
    return Account(name=account_name(status.st_uid), uid=status.st_uid, gid=status.st_gid)
