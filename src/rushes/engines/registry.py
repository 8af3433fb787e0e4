"""Which engines there are, said without importing any of them."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from rushes.domain.jobs import POST_TYPES, JobType
from rushes.engines.base import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """How an engine is found.

    `target` is its class as `package.module:Class`; `source` is the folder to import it from when it is not
    installed; `generative` must be false for anything that no model has generated. Only with `network` can
    its runs reach what is beyond this machine, as one has to that works with a provider. One that is `early`
    may be imported before its run's folder is known, and with it `HOME` and `TMPDIR`.
    """

    name: str
    target: str
    serves: frozenset[JobType]
    generative: bool
    source: Path | None = None
    network: bool = False
    early: bool = False


ENGINES: Final[Mapping[str, EngineSpec]] = {
    spec.name: spec
    for spec in (
        EngineSpec(
            name="motion",
            target="rushes.engines.motion.engine:MotionEngine",
            serves=frozenset({JobType.BASE}),
            generative=False,
            early=True,
        ),
        EngineSpec(
            name="animatic",
            target="rushes.engines.animatic.engine:AnimaticEngine",
            serves=frozenset({JobType.TEXT_TO_VIDEO, JobType.IMAGE}),
            generative=False,
            early=True,
        ),
        EngineSpec(
            name="post",
            target="rushes.engines.post.engine:PostEngine",
            serves=POST_TYPES,
            generative=False,
            early=True,
        ),
    )
}
"""The engines that ship, by name."""

GROUP: Final = "rushes.engines"
"""The entry points of packages that bring an engine: its name, and its class as `package.module:Class`."""

NETWORK_GROUP: Final = "rushes.network_engines"
"""The same, of engines whose runs need the network."""


def find_engines() -> dict[str, EngineSpec]:
    """Return all engines by name: those of installed packages, and those that ship, whose names stay theirs.

    Nothing is imported: a package that cannot be costs the runs of its engines alone. Of those that share a
    name none is there.
    """
    contested = find_contested()
    return {spec.name: spec for spec in _installed() if spec.name not in contested} | ENGINES


def find_contested() -> dict[str, list[str]]:
    """Return the targets of installed packages that share a name, by that name.

    Which of them came last would be chance, and with it whether a run has the network.
    """
    targets: dict[str, list[str]] = {}
    for spec in _installed():
        targets.setdefault(spec.name, []).append(spec.target)
    return {name: sharing for name, sharing in targets.items() if len(sharing) > 1 and name not in ENGINES}


def _installed() -> Iterator[EngineSpec]:
    from importlib.metadata import entry_points  # a quarter of what each child would import at its start

    for group in (GROUP, NETWORK_GROUP):
        for point in entry_points(group=group):
            yield EngineSpec(
                name=point.name,
                target=point.value,
                # What it makes, and whether a model does, the engine itself tells in its runs.
                serves=frozenset(JobType),
                generative=False,
                network=group == NETWORK_GROUP,
            )


def load(target: str, *, source: Path | None = None) -> Engine:
    """Import an engine's class and make one; heavy, so only a child process does it."""
    make_importable(source)
    module, _, name = target.partition(":")
    make = cast("Callable[[], Engine]", getattr(importlib.import_module(module), name))
    return make()


def make_importable(source: Path | None) -> None:
    """Have modules found in a folder, before all others; nothing is to be done for installed ones."""
    if source is not None and str(source) not in sys.path:
        sys.path.insert(0, str(source))
