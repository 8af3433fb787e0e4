"""The folder that a worker works in: its own, and gone with it or by its next of kin."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout


@contextmanager
def own_folder(scratch: Path) -> Generator[Path]:
    """Make a folder in `scratch` and remove it at the end; what killed workers left there goes as well.

    A lock tells the living from the dead: pids are given out anew, and every container counts its own.
    """
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_orphans(scratch)
    folder = scratch / f"worker-{uuid4().hex}"
    lock = _lock_of(folder)
    with lock:
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    Path(lock.lock_file).unlink(missing_ok=True)


def _remove_orphans(scratch: Path) -> None:
    for folder in scratch.glob("worker-*/"):
        lock = _lock_of(folder)
        try:
            with lock.acquire(blocking=False):
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout:
            continue
        Path(lock.lock_file).unlink(missing_ok=True)


def _lock_of(folder: Path) -> FileLock:
    return FileLock(folder.with_suffix(".lock"))
