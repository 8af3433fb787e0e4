"""Which engines there are, said without importing any of them."""

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from rushes.domain.jobs import JobType
from rushes.engines.base import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """How an engine is found.

    `target` is its class as `package.module:Class`; `source` is the folder to import it from when it is not
    installed; `generative` must be false for anything that no model has generated.
    """

    name: str
    target: str
    serves: frozenset[JobType]
    generative: bool
    source: Path | None = None


ENGINES: Final[Mapping[str, EngineSpec]] = {
    spec.name: spec
    for spec in (
        EngineSpec(
            name="motion",
            target="rushes.engines.motion.engine:MotionEngine",
            serves=frozenset({JobType.BASE}),
            generative=False,
        ),
    )
}
"""The engines that ship, by name."""


def load(target: str, *, source: Path | None = None) -> Engine:
    """Import an engine's class and make one; heavy, so only a child process does it."""
    if source is not None:
        sys.path.insert(0, str(source))
    module, _, name = target.partition(":")
    make = cast("Callable[[], Engine]", getattr(importlib.import_module(module), name))
    return make()
