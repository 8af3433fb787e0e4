"""Named SQL queries, loaded from the files in `sql/`."""

from pathlib import Path
from typing import Any

import aiosql

_FOLDER = Path(__file__).parent / "sql"


def load(store: str) -> Any:
    """Return the queries of `sql/<store>.sql`, each as an async function `(connection, **parameters)`."""
    library: Any = aiosql
    return library.from_path(_FOLDER / f"{store}.sql", "asyncpg")


def storable(text: str | None) -> str | None:
    """Return a text from outside without what PostgreSQL and JSON cannot hold: NUL and lone surrogates."""
    return None if text is None else text.replace("\0", "").encode(errors="replace").decode()


def columns(value: Any) -> dict[str, Any]:
    """Return the fields of a slotted dataclass, not copied: `asdict` takes a sixth of a job's time."""
    return {name: getattr(value, name) for name in value.__slots__}
