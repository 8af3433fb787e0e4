"""The folders and small files that the settings name, made where they are missing."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from rushes.errors import SettingsError
from rushes.settings import variable_of


def make_folder(folder: Path, *, setting: str) -> Path:
    """Make a folder for this account alone, unless it is there; return it.

    Raises:
        SettingsError: It cannot be made, or is no folder.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be made: {error.strerror}. "
            f"Mend that, or name another with {variable_of(setting)}."
        ) from error
    return folder


def keep_secret_text(file: Path, text: str) -> str:
    """Write `text` to a file that only this account can read, unless it is there; return what it holds.

    Of two processes that do this at once, both get what one of them wrote.

    Raises:
        OSError: The file can be neither written nor read.
    """
    with suppress(FileNotFoundError):
        return file.read_text()
    descriptor, partial = tempfile.mkstemp(prefix=f"{file.name}-", dir=file.parent)  # its mode is 0600
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
        with suppress(FileExistsError):
            os.link(partial, file)
    finally:
        Path(partial).unlink()
    return file.read_text()
