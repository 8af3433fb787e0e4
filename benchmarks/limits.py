"""The limits that a benchmark's figures have to keep: it fails beyond one."""

import sys
from dataclasses import dataclass, field


@dataclass(slots=True)
class Limits:
    """The figures of a run, each held against its limit."""

    beyond: list[str] = field(default_factory=list[str])

    def at_most(self, name: str, figure: float, *, limit: float) -> None:
        """Note a figure that must not be above its limit."""
        self._note(name, figure, limit, is_kept=figure <= limit)

    def at_least(self, name: str, figure: float, *, limit: float) -> None:
        """Note a figure that must not be below its limit."""
        self._note(name, figure, limit, is_kept=figure >= limit)

    def end(self) -> None:
        """End the program with a status of 1, and say why, if any figure is beyond its limit."""
        if self.beyond:
            sys.exit(f"Beyond the limit: {'; '.join(self.beyond)}.")

    def _note(self, name: str, figure: float, limit: float, *, is_kept: bool) -> None:
        if not is_kept:  # also what is no number
            self.beyond.append(f"{name} {figure:.4g} (limit {limit:g})")
