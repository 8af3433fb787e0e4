"""What an engine is: it turns a request and input files into output files, and knows nothing else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from rushes.domain.callbacks import Report
from rushes.domain.jobs import JobType, Orientation, Quality
from rushes.domain.media import AssetRole, Probe


class CancelSpeed(StrEnum):
    """How soon an engine stops when it is told to."""

    IMMEDIATE = "immediate"
    SLOW = "slow"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What can be done with a run under way."""

    cancel: CancelSpeed
    resumable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input file: where it lies and what was measured on it."""

    path: Path
    probe: Probe


class Callback(Protocol):
    """How a provider far away reaches the run that waits for it."""

    @property
    def url(self) -> str:
        """Where the provider reports: a secret that is good for this run alone."""
        ...

    async def next(self) -> Report:
        """Wait for the next report: the latest progress that was not heard yet, or the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One run: the options as the job type's model gives them, the inputs by role, where to work.

    `config` is what the catalogue's model tells its engine; `compel_weights` are how much parts of the
    prompt count, by their words, 1 as usual; `orientation`, `quality` and `format` (`mp4`, `png`, `jpg`,
    `webp`) are `None` where the engine may choose; `workdir` is made by who runs it; `checkpoint` is what an
    earlier attempt saved; `callback` is `None` where nobody can reach us. `watermark` asks for the mark on
    the output, which no engine draws itself; `provenance` is what the output's content credentials say of
    the run, by name: nothing personal.
    """

    job_type: JobType
    prompt: str | None
    options: Mapping[str, Any]
    inputs: Mapping[AssetRole, Input]
    workdir: Path
    seed: int
    deadline_seconds: float
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    negative_prompt: str | None = None
    compel_weights: Mapping[str, float] | None = None
    orientation: Orientation | None = None
    quality: Quality | None = None
    format: str | None = None
    checkpoint: Mapping[str, Any] | None = None
    callback: Callback | None = None
    watermark: bool = False
    provenance: Mapping[str, str] = field(default_factory=dict[str, str])


class Context(Protocol):
    """What an engine may tell the platform while it runs."""

    request: Request

    def stage(self, name: str, weight: float) -> None:
        """Begin a stage; stages' weights add up to 1."""
        ...

    def progress(self, done: float, total: float) -> None:
        """Say how much of the current stage is done; `done` and `total` in any unit."""
        ...

    def log(self, level: str, message: str) -> None:
        """Add a line to the attempt's log."""
        ...

    def metric(self, name: str, value: float) -> None:
        """Report a measurement; the last of a name counts.

        `quality_rating` and `quality_improvement` are shown with the job.
        """
        ...

    def artifact(self, role: AssetRole, path: Path) -> None:
        """Hand over a finished file inside the working folder."""
        ...

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Save what a later attempt needs to go on from here; it is saved when this returns.

        Raises:
            Cancelled: The platform asked to stop meanwhile.
        """
        ...

    def cancelled(self) -> bool:
        """Tell whether to stop now; ask at every frame or step."""
        ...


class Engine(Protocol):
    """Makes media of one or more job types."""

    name: str
    version: str
    serves: frozenset[JobType]
    generative: bool
    capabilities: Capabilities

    def validate(self, request: Request) -> None:
        """Refuse inputs that cannot be used.

        Raises:
            EngineRefused: With a sentence that says what to change.
        """
        ...

    def estimate(self, request: Request) -> float:
        """Return the expected time of a run, in seconds on this machine."""
        ...

    def run(self, context: Context) -> None:
        """Make the output and hand it over by `context.artifact`.

        Raises:
            Cancelled: The platform asked to stop.
            EngineError: The output cannot be made.
        """
        ...


class Cancelled(Exception):
    """The platform asked the engine to stop."""


class EventKind(StrEnum):
    """What a run says on its way."""

    STAGE = "stage"
    PROGRESS = "progress"
    LOG = "log"
    METRIC = "metric"
    ARTIFACT = "artifact"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line that a run said. `progress` is the whole run's, 0 to 1; `text` a stage or log line."""

    kind: EventKind
    progress: float | None = None
    text: str | None = None
    fields: Mapping[str, Any] | None = None


Hearer = Callable[[Event], Awaitable[None] | None]
"""Hears what a run says; the run goes on after a checkpoint when what is returned for it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One finished file, measured."""

    role: AssetRole
    path: Path
    probe: Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Which engine made an output, and whether it generates."""

    engine: str
    engine_version: str
    generative: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a run leaves: its files and which engine made them.

    `watermarked` tells whether the mark was drawn on the output, `signed` whether that has content
    credentials.
    """

    artifacts: tuple[Artifact, ...]
    engine: str
    engine_version: str
    generative: bool
    watermarked: bool = False
    signed: bool = False


class Runner(Protocol):
    """How the platform has an engine run: in a child process here, or far away over HTTP."""

    async def run(self, engine: str, request: Request, *, on_event: Hearer) -> Product:
        """Run to the end; cancelling the task stops the engine and all that it started within 5 s.

        Raises:
            EngineError: The run failed; its `retryable` says whether another attempt may help.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found out about an untrusted file; `poster` is a small still of it, `None` if it has none."""

    probe: Probe
    poster: Path | None


class Examiner(Protocol):
    """How the platform has an untrusted file measured."""

    async def examine(self, path: Path, *, media_type: str, scratch: Path) -> Examined:
        """Measure a file of a sniffed type, decoding it within limits, and make a poster in `scratch`.

        Raises:
            MediaRejected: The file is broken, of another type, or outside the limits.
            EngineError: The measuring itself failed.
        """
        ...
