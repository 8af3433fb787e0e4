"""Compares the object store with what the database says of it."""

import hashlib
import re
from pathlib import Path
from uuid import UUID

from rushes.db.pool import Tx

_KEY = re.compile(
    r"(?P<user>[0-9a-f-]{36})/(?P<job>[0-9a-f-]{36})/(?P<role>[a-z]+)(-(?P<number>\d+))?\.(?P<kind>[a-z0-9]+)"
    r"(?P<unfinished>#\d+)?"
)


async def check_files(tx: Tx, storage: Path) -> tuple[list[str], int]:
    """Return what is wrong with the outputs, and how many files lost attempts have left."""
    assets = {
        row["key"]: row
        for row in await tx.fetch("SELECT key, bytes, sha256 FROM assets WHERE bucket = 'outputs'")
    }
    attempts = {
        (row["job_id"], row["number"]): row["outcome"]
        for row in await tx.fetch("SELECT job_id, number, outcome FROM attempts")
    }
    folder = storage / "outputs"
    present = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    wrong = [f"the file {key} is missing" for key in assets.keys() - present.keys()]
    for key in assets.keys() & present.keys():
        content = present[key].read_bytes()
        if (len(content), hashlib.sha256(content).hexdigest()) != (
            assets[key]["bytes"],
            assets[key]["sha256"],
        ):
            wrong.append(f"the file {key} is not what its attempt wrote")
    unknown = sorted(present.keys() - assets.keys())
    return wrong + [one for key in unknown for one in _judge(key, attempts)], len(unknown)


def _judge(key: str, attempts: dict[tuple[UUID, int], str | None]) -> list[str]:
    """Say what is wrong with a file that no asset names: only a lost attempt may have left one."""
    match = _KEY.fullmatch(key)
    if match is None:
        return [f"the file {key} has no name of an output"]
    outcome = attempts.get((UUID(match["job"]), int(match["number"] or 1)))
    return [] if outcome == "lost" else [f"the file {key} was left by an attempt that ended as {outcome}"]
