"""What a run of the chaos has found: its figures, what was odd, and every breach."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from rushes.db.pool import Database, Tx
from tests.chaos.killer import Strike

MOST_SHOWN = 40

ROWS = {
    "jobs": "SELECT status AS name, count(*) FROM jobs GROUP BY 1 ORDER BY 2 DESC",
    "failures": "SELECT error_code AS name, count(*) FROM jobs WHERE status = 'failed' GROUP BY 1",
    "cancels": "SELECT cancelled_reason AS name, count(*) FROM jobs WHERE status = 'cancelled' GROUP BY 1",
    "attempts": "SELECT coalesce(outcome, 'open') AS name, count(*) FROM attempts GROUP BY 1 ORDER BY 2 DESC",
    "workers": "SELECT state AS name, count(*) FROM workers GROUP BY 1",
    "chains": "SELECT status AS name, count(*) FROM jobs WHERE parent_job_id IS NOT NULL GROUP BY 1",
}


@dataclass
class Report:
    """The figures of a run; the folder is kept when there are breaches."""

    seed: int
    home: Path
    seconds: float = 0
    drain_seconds: float = 0
    looks: int = 0
    engines: int = 0
    files_left: int = 0
    cancels: int = 0
    retries: int = 0
    rows: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    struck: Counter[Strike] = field(default_factory=Counter[Strike])
    answers: Counter[str] = field(default_factory=Counter[str])
    fullest: Counter[str] = field(default_factory=Counter[str])
    exits: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    notes: Counter[str] = field(default_factory=Counter[str])
    breaches: list[str] = field(default_factory=list[str])

    async def count_rows(self, tx: Tx) -> None:
        """Count jobs and attempts by how they ended."""
        for name, query in ROWS.items():
            self.rows[name] = Counter({row["name"]: row["count"] for row in await tx.fetch(query)})

    def lines(self) -> list[str]:
        """The whole report."""
        figures = {
            **{name: _listed(rows) for name, rows in self.rows.items()},
            "kills": f"{self.struck.total()}: {_listed(self.struck)}",
            "exits": "; ".join(f"{name} {_listed(codes)}" for name, codes in self.exits.items()),
            "answers": _listed(self.answers),
            "users": f"{self.cancels} cancels, {self.retries} retries answered",
            "samples": f"{self.looks}; at the most at once: {_listed(self.fullest)}",
            "engines": f"{self.engines} processes told of",
            "files": f"{self.files_left} left by lost attempts",
            "time": f"{self.seconds:.0f} s in all, {self.drain_seconds:.0f} s to drain",
        }
        lines = [f"{name:10}{text}" for name, text in figures.items()]
        lines += [f"noticed   {times} × {text}" for text, times in self.notes.most_common(MOST_SHOWN)]
        lines += [f"BREACH    {breach}" for breach in self.breaches[:MOST_SHOWN]]
        verdict = (
            f"{len(self.breaches)} breaches; all is kept in {self.home}" if self.breaches else "no breach"
        )
        return [*lines, f"seed {self.seed}: {verdict}"]


async def count(database: Database, query: str) -> int:
    """The number that a query answers."""
    async with database.transaction() as tx:
        ((number,),) = await tx.fetch(query)
    return number


def count_logs(folder: Path) -> Counter[str]:
    """Count what the processes logged as errors, and the lines that are no log at all."""
    counted: Counter[str] = Counter()
    for file in folder.glob("*.log"):
        for line in file.read_text(errors="replace").splitlines():
            counted.update(_error(line, file.stem.partition("-")[0]))
    return counted


def _error(line: str, who: str) -> list[str]:
    try:
        entry = cast("dict[str, Any]", json.loads(line))
    except ValueError:
        return [f"{who} printed: {line[:160]}"] if "Error" in line else []
    if entry.get("level") not in {"error", "critical"}:
        return []
    causes: list[dict[str, Any]] = entry.get("exception") or [{}]
    kind = causes[-1].get("exc_type") or entry.get("error", "")
    return [f"{who} logged {entry.get('event')}: {kind} {str(causes[-1].get('exc_value', ''))[:100]}"]


def _listed(counter: Counter[Any]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())
