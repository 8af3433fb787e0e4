"""Write `src/rushes/db/schema.sql`, the schema that the migrations build: `python -m scripts.dump_schema`."""

import asyncio
import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from rushes.db.migrate import migrate
from rushes.embedded.binaries import find_programs
from rushes.embedded.server import EmbeddedPostgres

SCHEMA = Path(__file__).parents[1] / "src" / "rushes" / "db" / "schema.sql"

HEAD = """\
-- The schema that the migrations build, for reading. It is made by `python -m scripts.dump_schema`.

-- A dump defines functions before the tables that they name.
SET check_function_bodies = false;

"""

_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


def main() -> None:
    """Migrate an empty database on a server of its own, and dump it."""
    # Not in /tmp, whose folders may be closed to the account that runs the server.
    with tempfile.TemporaryDirectory(prefix="rushes-schema-", dir="/var/tmp") as home:
        Path(home).chmod(0o755)
        with EmbeddedPostgres(Path(home) / "postgres", settings={"fsync": "off"}) as server:
            url = server.start().url
            asyncio.run(migrate(url))
            SCHEMA.write_text(dump(url), encoding="utf-8")


def dump(url: str) -> str:
    """Return the schema of a database as SQL, without what depends on where and when it is dumped."""
    parts = urlsplit(url)
    address = urlunsplit(parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port}"))
    dumped = subprocess.run(
        [find_programs() / "pg_dump", "--schema-only", "--no-owner", address],
        env=os.environ | {"PGPASSWORD": parts.password or ""},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return HEAD + _BLANK_LINES.sub("\n\n", _NOISE.sub("", dumped.stdout)).strip() + "\n"


if __name__ == "__main__":
    main()
