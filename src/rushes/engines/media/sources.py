"""Names the files that engines read from."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file to read or copy from."""

    path: Path
    media_type: str
