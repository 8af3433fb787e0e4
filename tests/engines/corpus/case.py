"""What a hostile file is, and what it tries to lure its reader to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Bait:
    """What hostile files name: a port of this machine that listens, and a sound video that is watched."""

    port: int
    canary: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/canary.mp4"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One hostile file: what it passes itself off as, how it is made, and what must be said of it.

    `says` is a regular expression; `baited` tells that the file names what it has no business with.
    """

    name: str
    media_type: str
    says: str
    make: Callable[[Bait], bytes]
    baited: bool = False
