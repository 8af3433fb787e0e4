"""Judges the files that a child says it made."""

import stat
from pathlib import Path

from rushes.errors import EngineError


def require_own_file(path: Path, *, folder: Path, max_bytes: int) -> Path:
    """Return the path of a regular file inside the folder, without a link anywhere on the way.

    Call it when no process of the child is left that could swap the file afterwards.

    Raises:
        EngineError: It is missing, elsewhere, a link, something else than a file, empty or too large.
    """
    home = folder.resolve()
    full = home / path
    try:
        resolved, status = full.resolve(strict=True), full.lstat()
    except (OSError, RuntimeError, ValueError) as error:
        raise EngineError("The engine handed over a file that is not there.") from error
    if not resolved.is_relative_to(home):
        raise EngineError("The engine handed over a file outside its folder.")
    # A second name of the file could be one outside.
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise EngineError("The engine handed over something that is not a plain file.")
    if not 0 < status.st_size <= max_bytes:
        raise EngineError(f"The engine handed over a file of {status.st_size} bytes.")
    return resolved
