"""What a worker is told about itself."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from rushes.domain.media import MediaLimits
from rushes.domain.retention import Retention
from rushes.domain.waiting import AGEING_INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackConfig:
    """How providers report on attempts: the web's own secret signs, `origin` is where they reach the web."""

    origin: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """How a worker works.

    It takes jobs of its `lanes` whose engine is among its `engines`; `slots` jobs run at once; a lease lasts
    `lease_time` and is renewed at a third of it; `poll_interval` is how long a lost wake-up delays a claim;
    `drain_time` is what running jobs get to finish at shutdown; without `callbacks` no provider can report.
    """

    name: str
    lanes: tuple[str, ...]
    scratch: Path
    engines: tuple[str, ...]
    slots: int = 1
    check_slots: int = 1
    lease_time: timedelta = timedelta(seconds=30)
    poll_interval: timedelta = timedelta(seconds=2)
    progress_interval: timedelta = timedelta(milliseconds=250)
    notes_interval: timedelta = timedelta(seconds=5)
    rescue_interval: timedelta = timedelta(seconds=3)
    webhook_progress_interval: timedelta = timedelta(seconds=10)
    ageing_interval: timedelta = AGEING_INTERVAL
    drain_time: timedelta = timedelta(seconds=0)
    webhooks_allow_private: bool = False
    callbacks: CallbackConfig | None = None
    limits: MediaLimits = field(default_factory=MediaLimits)
    retention: Retention = field(default_factory=Retention)
