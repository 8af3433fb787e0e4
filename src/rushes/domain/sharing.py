"""What a link shows to whoever has it: the film, its poster and what made it, and nothing about who did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rushes.domain.media import AssetRole, Bucket
from rushes.errors import FieldProblem

_CLASSICAL: Mapping[str, str] = {
    "motion": "warp (classical)",
    "animatic": "animatic",
    "upscale": "resampling",
}
"""What engines that generate nothing do instead, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """One file behind a link.

    `bucket` and `key` name its owner, and are for the server alone. `duration_seconds` is `None` for a
    picture.
    """

    bucket: Bucket
    key: str
    media_type: str
    bytes: int
    width: int
    height: int
    duration_seconds: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link to what a job made; it has an output unless it `is_revoked`."""

    is_revoked: bool
    files: Mapping[AssetRole, SharedFile]

    @property
    def output(self) -> SharedFile:
        """The film or picture itself."""
        return self.files[AssetRole.OUTPUT]


REPORT_MAX_CHARACTERS = 500
"""How much whoever reports an output can say of it."""


class ReportReason(StrEnum):
    """What is wrong with an output, in the eyes of who reports it."""

    PERSON = "person"
    RIGHTS = "rights"
    SEXUAL = "sexual"
    VIOLENT = "violent"
    MISLEADING = "misleading"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What made a shared output, and whether search engines may list its page.

    `engine` and `generative` are `None` where they were not noted; `signed` tells whether the file has
    content credentials of this instance.
    """

    model: str
    engine: str | None
    generative: bool | None
    signed: bool
    listed: bool

    @property
    def manner(self) -> str | None:
        """How it was made, in a word or two; nothing classical is ever called AI."""
        if self.generative is None or self.engine is None:
            return None
        return "generative" if self.generative else _CLASSICAL.get(self.engine, "classical")

    @property
    def credentials(self) -> str | None:
        """What the content credentials in the file say, in a sentence; `None` if it has none."""
        if not self.signed:
            return None
        manner = self.manner if self.generative else f"{self.manner}, not generative"
        maker = f"; made by engine {self.engine}: {manner}" if self.manner else ""
        return f"signed by this instance{maker}."


def report_problem(details: str, *, field: str = "details") -> FieldProblem | None:
    """Say what is wrong with the words of a report, if anything; there need not be any."""
    if len(details) <= REPORT_MAX_CHARACTERS and "\0" not in details:
        return None
    return FieldProblem(field=field, message=f"Use at most {REPORT_MAX_CHARACTERS} characters.")
