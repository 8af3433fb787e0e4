"""What of a child process is settled at its start, before it is asked for anything."""

from dataclasses import dataclass, replace

from rushes.engines.child.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildKind:
    """What a child will do, with which engine, and within which limits.

    `program` is that of `wire.Program`; `target` and `source` are those of an `EngineSpec`, for a run.
    """

    program: str
    target: str | None = None
    source: str | None = None
    limits: Limits

    def serves(self, wanted: "ChildKind") -> bool:
        """Tell whether a child of this kind will do where one of another is wanted.

        The times and the size of its folder are watched from outside, and its processor time can be lowered.
        """
        return self.limits.cpu_seconds >= wanted.limits.cpu_seconds and self == replace(
            wanted,
            limits=replace(
                wanted.limits,
                cpu_seconds=self.limits.cpu_seconds,
                wall_seconds=self.limits.wall_seconds,
                grace_seconds=self.limits.grace_seconds,
                scratch_bytes=self.limits.scratch_bytes,
            ),
        )
