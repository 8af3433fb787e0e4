"""Types of request fields that hold text or free JSON, refusing what no database can keep."""

from typing import Annotated

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

METADATA_BYTES = 16 * 1024


class Ask(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _require_text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a character is missing (a lone surrogate)") from None
    if "\0" in value:
        raise ValueError("a NUL character is not allowed")
    return value


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


Text = Annotated[str, AfterValidator(_require_text)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_require_text)]
Prompt = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_require_text)]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(_require_storable)]
