"""How far the events of all jobs were read, although transactions do not commit in the order of ids."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

MAX_CHARACTERS = 4000
"""The longest position that is read; one is as long as there are transactions under way."""

_PATTERN = re.compile(
    r"(?P<time>\d{1,12})~(?P<seen>[\d:,]+)(~(?P<partly>[\d:,]+)~(?P<event>\d{1,19}))?", re.ASCII
)
_SNAPSHOT = re.compile(r"(\d{1,19}):(\d{1,19}):((?:\d{1,19},)*\d{1,19})?", re.ASCII)
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Which transactions had committed at a moment: those before `end` but for the `running` ones.

    Source: PostgreSQL, "Transaction ID and Snapshot Information Functions", the type pg_snapshot.
    """

    start: int
    end: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what PostgreSQL or `str` wrote.

        Raises:
            ValueError: They did not write this.
        """
        match = _SNAPSHOT.fullmatch(text)
        if match is None:
            raise ValueError("no snapshot")
        start, end = int(match[1]), int(match[2])
        running = frozenset(map(int, match[3].split(","))) if match[3] else frozenset[int]()
        if not 0 < start <= end <= _LARGEST or any(not start <= one < end for one in running):
            raise ValueError("no snapshot")
        return cls(start=start, end=end, running=running)

    def sees(self, transaction: int) -> bool:
        """Tell whether what a transaction wrote was visible."""
        return transaction < self.end and transaction not in self.running

    def __str__(self) -> str:
        """Return the form that PostgreSQL reads."""
        return f"{self.start}:{self.end}:{','.join(map(str, sorted(self.running)))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """All that was committed at `seen`; and of what came from there to `partly`, up to the event `event_id`.

    `taken_at` is when `seen` was taken, by the clock of the database.
    """

    taken_at: datetime
    seen: Snapshot
    partly: Snapshot | None = None
    event_id: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: It did not write this.
        """
        match = _PATTERN.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
        if match is None:
            raise ValueError("no position")
        try:
            taken_at = datetime.fromtimestamp(int(match["time"]), UTC)
        except (OverflowError, OSError) as error:
            raise ValueError("no position") from error
        partly = match["partly"] and Snapshot.parse(match["partly"])
        return cls(
            taken_at=taken_at,
            seen=Snapshot.parse(match["seen"]),
            partly=partly or None,
            event_id=int(match["event"] or 0),
        )

    def has(self, transaction: int, event_id: int) -> bool:
        """Tell whether an event was read."""
        if self.seen.sees(transaction):
            return True
        return self.partly is not None and self.partly.sees(transaction) and event_id <= self.event_id

    def is_older_than(self, age: timedelta, *, now: datetime) -> bool:
        """Tell whether it is from before a time from which events are no longer kept."""
        return self.taken_at < now - age

    def __str__(self) -> str:
        """Return the form in which clients keep it."""
        text = f"{int(self.taken_at.timestamp())}~{self.seen}"
        return text if self.partly is None else f"{text}~{self.partly}~{self.event_id}"
