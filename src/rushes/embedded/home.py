"""The folder that holds the database: where it is by default, and whether it can be used."""

import contextlib
import errno
import os
from collections.abc import Generator
from pathlib import Path

from rushes.embedded.account import Account, account_name, first_blocked
from rushes.errors import EmbeddedDatabaseError

_NO_ACCESS = "Give this account write access to it, or choose another folder."
_NO_ROOM = "Make room on that disk, or choose another folder."
_ADVICE = {
    errno.EACCES: _NO_ACCESS,
    errno.EPERM: _NO_ACCESS,
    errno.EROFS: _NO_ACCESS,
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
}


def default_home() -> Path:
    """Return `/var/lib/rushes` for root, and the folder `rushes` of the user's own data for others.

    Raises:
        EmbeddedDatabaseError: the user has no home folder.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/rushes")
    data_home = Path(os.environ.get("XDG_DATA_HOME", ""))
    if data_home.is_absolute():  # the XDG specification: ignore a relative one
        return data_home / "rushes"
    try:
        return Path.home() / ".local/share/rushes"
    except RuntimeError as error:
        raise EmbeddedDatabaseError(
            "This account has no home folder. Name a folder for the database, or set XDG_DATA_HOME."
        ) from error


def prepare_home(home: Path) -> None:
    """Make `home` and its parents where they are missing; folders that exist stay as they are.

    Raises:
        EmbeddedDatabaseError: root is asked to work in a folder that another account can change, or
            the path has a line break, which PostgreSQL's pid file cannot hold.
        OSError: a folder cannot be made.
    """
    if "\n" in str(home):
        raise EmbeddedDatabaseError(f"The folder {str(home)!r} has a line break in its path. Choose another.")
    as_root = os.geteuid() == 0
    for folder in (*reversed(home.parents), home):
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            # The account that root lends PostgreSQL must get through, whatever the umask says.
            folder.chmod(0o711 if as_root else 0o700)
    owner = home.stat().st_uid
    if as_root and owner != 0:
        raise EmbeddedDatabaseError(
            f"The folder {home} belongs to the account {account_name(owner)}, and Rushes runs as root. "
            f"Start it as {account_name(owner)}, or choose another folder."
        )


def check_reachable(home: Path, account: Account) -> None:
    """Refuse a folder that the low account cannot get to.

    Raises:
        EmbeddedDatabaseError: it is behind a folder that `account` cannot enter.
    """
    if blocked := first_blocked(home, account):
        raise EmbeddedDatabaseError(
            f"PostgreSQL runs as the account {account.name}, which cannot enter {blocked} on the way to "
            f"{home}. Choose another folder, such as {default_home()}, or allow it: chmod o+x {blocked}"
        )


@contextlib.contextmanager
def translate_os_error(home: Path) -> Generator[None]:
    """Turn what the operating system refuses into our error."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "Choose another folder, or mend what is named.")
        raise EmbeddedDatabaseError(
            f"The folder {home} cannot hold the embedded database: {error}. {advice}"
        ) from error
