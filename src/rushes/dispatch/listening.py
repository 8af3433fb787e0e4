"""Listening to what an attempt's engine says while it runs."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass, field

from rushes.db.queue import Said
from rushes.dispatch.running import RunningAttempt
from rushes.engines.base import Event, EventKind

KEPT_METRICS = frozenset({"quality_rating", "quality_improvement"})
"""What is shown of what engines measure; they may name as many others as they like."""


@dataclass(slots=True, kw_only=True)
class EngineListener:
    """Takes in the events of one attempt's engine, and keeps its log and metrics."""

    running: RunningAttempt
    began_at: float = field(default_factory=time.monotonic)
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    _progress: float = 0.0
    _text: str | None = None
    _estimate: float | None = None

    def hear(self, event: Event) -> Awaitable[None] | None:
        """Take in one event of the engine; return what it has to wait for."""
        match event.kind:
            case EventKind.LOG:
                self.running.add_line(f"{(event.fields or {}).get('level', 'info')}: {event.text}")
            case EventKind.CHECKPOINT:
                return self.running.save_state(event.fields or {})
            case EventKind.STAGE:
                self._text = event.text
                self._say(event.progress)
            case EventKind.PROGRESS:
                self._say(event.progress)
            case EventKind.METRIC if event.fields is not None:
                self._measure(event.fields["name"], float(event.fields["value"]))
            case _:
                pass
        return None

    @property
    def log(self) -> str:
        """The log so far, a line each."""
        return "".join(self.running.log)

    def _measure(self, name: str, value: float) -> None:
        if name == "estimated_seconds":
            self._estimate = value
            self._say(None)
        elif name in KEPT_METRICS:
            self.metrics[name] = value

    def _say(self, progress: float | None) -> None:
        self._progress = max(self._progress, progress or 0.0)
        attempt = self.running.attempt
        self.running.said = Said(
            job_id=attempt.job.id,
            lease=attempt.lease,
            progress=min(99, int(self._progress * 100)),
            text=self._text,
            eta_seconds=self._eta_seconds(),
        )

    def _eta_seconds(self) -> float | None:
        """Return the time left: the engine's estimate at first, its observed speed more and more."""
        elapsed = time.monotonic() - self.began_at
        if self._progress <= 0:
            return self._estimate
        observed = elapsed / self._progress
        expected = observed if self._estimate is None else self._estimate
        total = self._progress * observed + (1 - self._progress) * expected
        return max(0.0, total - elapsed)
