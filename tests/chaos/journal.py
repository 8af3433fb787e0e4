"""What the users have sent and been answered: what the database is compared with at the end."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Sent:
    """One submission; `tries` counts how often it was sent, `once` says that repeating it changes nothing."""

    tag: str
    user_id: UUID
    size: int
    once: bool
    tries: int = 0
    answered: tuple[UUID, ...] = ()


@dataclass
class Journal:
    """All that was sent; a retry or cancel that was sent may have been done without an answer."""

    sent: dict[str, Sent] = field(default_factory=dict[str, Sent])
    retries_sent: Counter[UUID] = field(default_factory=Counter[UUID])
    retries_answered: Counter[UUID] = field(default_factory=Counter[UUID])
    cancels_answered: int = 0
    answers: Counter[str] = field(default_factory=Counter[str])
    oddities: Counter[str] = field(default_factory=Counter[str])

    def begin(self, tag: str, user_id: UUID, *, size: int, once: bool) -> Sent:
        """Write a submission down before it is sent."""
        self.sent[tag] = Sent(tag=tag, user_id=user_id, size=size, once=once)
        return self.sent[tag]

    def jobs_of(self, user_id: UUID) -> list[UUID]:
        """The jobs that a user knows of."""
        return [job for one in self.sent.values() if one.user_id == user_id for job in one.answered]
