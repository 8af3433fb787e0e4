"""Types of request fields that hold text or free JSON, refusing what no database can keep."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
)

from rushes.domain.texts import Text, require_text

__all__ = ["Ask", "Metadata", "Name", "Prompt", "Text", "Time", "leave_out_defaults"]

METADATA_BYTES = 16 * 1024


class Ask(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def leave_out_defaults(schema: dict[str, Any]) -> None:
    """Take defaults out of a body's schema: where a field that is left out stays as it is, it has none."""
    for field in schema["properties"].values():
        field.pop("default", None)


def _require_storable(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        encoded = orjson.dumps(value)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise ValueError(f"this cannot be stored as JSON: {error}") from error
    if orjson.loads(encoded) != value:
        raise ValueError("a number is infinite or not a number, which JSON cannot say")
    if len(encoded) > METADATA_BYTES:
        raise ValueError(f"at most {METADATA_BYTES // 1024} KiB are allowed")
    if b"\\u0000" in encoded:
        raise ValueError("a NUL character is not allowed")
    return value


def _require_date(value: object) -> object:
    # Numbers would be taken for seconds since 1970, of which nothing is said.
    if not isinstance(value, datetime | str) or "-" not in str(value)[1:]:
        raise ValueError("use a form such as 2026-07-01T12:00:00Z")
    return value


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this is out of range") from None


Time = Annotated[AwareDatetime, BeforeValidator(_require_date), AfterValidator(_to_utc)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(require_text)]
Prompt = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(require_text)]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(_require_storable)]
