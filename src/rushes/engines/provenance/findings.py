"""What can be found out about a file by its content credentials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What the credentials of a file come to."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"


class Signatory(StrEnum):
    """Who signed a file; `unknown` where this instance has no certificates to compare with."""

    THIS_INSTANCE = "this instance"
    ANOTHER = "another"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One file that a signed one was made from; `verdict` is on its own credentials, if it had any."""

    title: str
    relationship: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found in a file; of `missing` credentials nothing else is known.

    `problems` are C2PA's codes of what is wrong; `name` is what the signer's certificate says; `made_at` is
    the signer's word; `job` is what an instance of Rushes says of an output: `job_id`, `model`, `engine`,
    `engine_version`, `generative`.
    """

    verdict: Verdict
    problems: Sequence[str] = ()
    signatory: Signatory | None = None
    name: str | None = None
    made_at: str | None = None
    job: Mapping[str, str | bool] | None = None
    origins: Sequence[Origin] = ()
