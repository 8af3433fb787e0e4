"""A platform that writes down what an engine tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rushes.domain.media import AssetRole
from rushes.engines.base import Request


@dataclass(slots=True)
class RecordingContext:
    """Implements `Context`; asks to stop once `frames_until_cancel` calls of `cancelled` said to go on."""

    request: Request
    frames_until_cancel: int | None = None
    stages: list[tuple[str, float]] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    artifacts: dict[AssetRole, Path] = field(default_factory=dict)
    logs: list[str] = field(default_factory=list)
    asked: int = 0

    def stage(self, name: str, weight: float) -> None:
        self.stages.append((name, weight))

    def progress(self, done: float, total: float) -> None:
        self.shares.append(done / total)

    def log(self, level: str, message: str) -> None:
        self.logs.append(message)

    def metric(self, name: str, value: float) -> None:
        self.metrics[name] = value

    def artifact(self, role: AssetRole, path: Path) -> None:
        self.artifacts[role] = path

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        pass

    def cancelled(self) -> bool:
        self.asked += 1
        return self.frames_until_cancel is not None and self.asked > self.frames_until_cancel
