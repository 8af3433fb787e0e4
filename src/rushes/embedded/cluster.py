"""The files of the database: made in one step or not at all, and checked before every start."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from rushes.embedded.account import Account, run_as
from rushes.errors import EmbeddedDatabaseError

MAJOR_VERSION = "18"
"""The version of the wheel that `pyproject.toml` asks for."""

_INITDB_OPTIONS = (
    "--username=postgres",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
    "--sync-method=syncfs",
)
_TAIL_CHARACTERS = 1500


def create_cluster(
    home: Path, *, programs: Path, account: Account | None, lock: int, timeout_seconds: float
) -> None:
    """Make `home/data` and `home/password`; the caller holds `lock`, a descriptor of the home's lock.

    Everything is made in `home/init` and then renamed, so that a half-made database is never seen.

    Raises:
        EmbeddedDatabaseError: `initdb` failed or took longer than `timeout_seconds`.
        OSError: the folder cannot be written.
    """
    staging = home / "init"
    if staging.exists():  # an earlier attempt was interrupted
        shutil.rmtree(staging)
    try:
        data, password = _make_staging(staging, account=account)
        command = [str(programs / "initdb"), f"--pgdata={data}", f"--pwfile={password}", *_INITDB_OPTIONS]
        _run_initdb(command, account=account, lock=lock, timeout_seconds=timeout_seconds)
        os.chown(password, os.geteuid(), os.getegid())
        password.replace(home / "password")
        data.rename(home / "data")
        _sync(home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def check_cluster(data: Path) -> None:
    """Refuse a folder that this PostgreSQL could not use.

    Raises:
        EmbeddedDatabaseError: `data` is no database, or one of another major version.
    """
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EmbeddedDatabaseError(
            f"{data} is not a PostgreSQL database: it has no PG_VERSION. "
            "Move it away to start with an empty database, or choose another folder."
        ) from error
    if version != MAJOR_VERSION:
        raise EmbeddedDatabaseError(
            f"The database in {data} was made by PostgreSQL {version}, and this is PostgreSQL "
            f"{MAJOR_VERSION}. Start it with the version of Rushes that made it and take a backup "
            "there; then move the folder away and restore the backup into a new one."
        )


def read_password(home: Path) -> str:
    """Return the password of the database's user `postgres`.

    Raises:
        EmbeddedDatabaseError: the file is gone or empty.
    """
    file = home / "password"
    password = file.read_text().strip() if file.exists() else ""
    if not password:
        raise EmbeddedDatabaseError(
            f"The password of the embedded database is missing from {file}. Put the file back from a "
            f"backup, or move {home} away to start with an empty database."
        )
    return password


def _make_staging(staging: Path, *, account: Account | None) -> tuple[Path, Path]:
    data, password = staging / "data", staging / "password"
    staging.mkdir()
    staging.chmod(0o711 if account else 0o700)
    data.mkdir(mode=0o700)
    _write_secret(password, secrets.token_urlsafe(24))
    if account:
        os.chown(data, account.uid, account.gid)
        os.chown(password, account.uid, account.gid)
    return data, password


def _write_secret(file: Path, secret: str) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:  # noqa: PTH123 - the mode must hold from the start
        stream.write(secret)
        stream.flush()
        os.fsync(stream.fileno())


def _run_initdb(command: list[str], *, account: Account | None, lock: int, timeout_seconds: float) -> None:
    try:
        # initdb inherits the lock: should we die, nobody else starts in this folder before it ends too.
        result = run_as(account, command, timeout_seconds=timeout_seconds, pass_fds=(lock,))
    except subprocess.TimeoutExpired as error:
        raise EmbeddedDatabaseError(
            f"PostgreSQL did not finish making its files within {error.timeout:.0f} seconds. "
            "Try again when the disk is less busy, or allow more time."
        ) from error
    if result.returncode != 0:
        raise EmbeddedDatabaseError(
            "PostgreSQL could not make its files; nothing was left behind. Mend what it names below "
            f"(often a full disk) and start again:\n{result.stdout[-_TAIL_CHARACTERS:].strip()}"
        )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
