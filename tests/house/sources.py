"""The files that the house rules judge."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """One file: its path below the repository's root and its text."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return ast.parse(self.text, filename=str(self.path))


Problem = tuple[int, str]
"""A line and what is wrong with it."""

Rule = Callable[[Source], Iterator[Problem]]


def sources(*folders: str, suffix: str = ".py") -> list[Source]:
    """Read every file with the suffix below the folders, in order of path."""
    return [
        Source(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob(f"*{suffix}"))
    ]


def breaches(rule: Rule, files: Iterable[Source]) -> str:
    """Return one line per breach of the rule, empty when it is kept."""
    return "\n".join(f"{file.path}:{line}: {problem}" for file in files for line, problem in rule(file))
