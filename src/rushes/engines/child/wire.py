"""The lines between a child process and its parent, as JSON (RFC 8259) one to a line."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NoReturn, cast

import orjson

from rushes.domain.jobs import JobType, Orientation, Quality
from rushes.domain.media import EXTENSIONS, AssetRole, MediaLimits, Probe
from rushes.engines.base import Event, EventKind, Input, Request
from rushes.engines.child.limits import Limits
from rushes.errors import EngineCrashed, EngineError, EngineRefused, EngineTimeout, MediaRejected, RushesError

LINE_BYTES: Final = 64 * 1024
TEXT_CHARS: Final = 2000
FINISHED_FILES: Final[Mapping[AssetRole, str]] = {
    AssetRole.OUTPUT: "marked",
    AssetRole.POSTER: "poster.webp",
    AssetRole.PREVIEW: "preview.mp4",
    AssetRole.SPRITESHEET: "spritesheet.webp",
}
"""What the finish calls the files that it makes in its folder; the output is its own only with the mark."""

SIGNED_FILE: Final = "signed"
"""What the signing calls the copy that it makes in its folder."""

LEVELS: Final = frozenset({"debug", "info", "warning", "error"})

_ERRORS: Final[Mapping[str, type[RushesError]]] = {
    error.code: error for error in (EngineError, EngineCrashed, EngineTimeout, EngineRefused, MediaRejected)
}


class Program(StrEnum):
    """What a child can be asked to do."""

    RUN = "run"
    PROBE = "probe"
    FINISH = "finish"
    SIGN = "sign"
    VERIFY = "verify"
    LOAD = "load"


class Last(StrEnum):
    """The line that ends a conversation."""

    DONE = "done"
    ERROR = "error"


class Garbage(Exception):
    """A line is not what a child may send."""


def encode(message: Mapping[str, Any]) -> bytes:
    """Write one message as one line."""
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Read one line of an untrusted sender; characters that PostgreSQL's text cannot hold are replaced.

    Raises:
        Garbage: It is not an object of JSON.
    """
    try:
        return mapping(_clean(json.loads(line, parse_constant=_refuse)))
    except (ValueError, RecursionError) as error:
        raise Garbage(str(error)) from error


def event_of(message: Mapping[str, Any]) -> Event:
    """Read an event, checking every field.

    Raises:
        Garbage: A field is missing or of another type.
    """
    try:
        kind = EventKind(text(message.get("kind")))
    except ValueError as error:
        raise Garbage(str(error)) from error
    progress, words, fields = message.get("progress"), message.get("text"), message.get("fields")
    event = Event(
        kind=kind,
        progress=None if progress is None else number(progress),
        text=None if words is None else text(words),
        fields=None if fields is None else mapping(fields),
    )
    _require_fields(event)
    return event


def _clean(value: Any) -> Any:
    match value:
        case str():
            # Escapes can smuggle in the zero character and halves of surrogate pairs.
            return value.replace("\0", "\ufffd").encode(errors="replace").decode()
        case list():
            return [_clean(each) for each in cast("list[Any]", value)]
        case dict():
            return {_clean(name): _clean(each) for name, each in cast("dict[str, Any]", value).items()}
        case _:
            return value


def _require_fields(event: Event) -> None:
    fields = event.fields or {}
    match event.kind:
        case EventKind.STAGE | EventKind.PROGRESS:
            if event.progress is None or not 0 <= event.progress <= 1:
                raise Garbage("progress is not between 0 and 1")
        case EventKind.LOG:
            if fields.get("level") not in LEVELS:
                raise Garbage("no such level")
        case EventKind.METRIC:
            text(fields.get("name"))
            number(fields.get("value"))
        case EventKind.CHECKPOINT:
            _require_json(fields)
        case EventKind.ARTIFACT:
            pass


def _require_json(value: object) -> None:
    """Refuse what the database could not keep: numbers beyond 64 bits, or nesting without end."""
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise Garbage(str(error)) from error


def text(value: object) -> str:
    """Return a string, cut to `TEXT_CHARS`, or raise `Garbage`."""
    if not isinstance(value, str):
        raise Garbage(f"{type(value).__name__} instead of text")
    return value[:TEXT_CHARS]


def number(value: object) -> float:
    """Return a finite number or raise `Garbage`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Garbage(f"{type(value).__name__} instead of a number")
    try:
        finite = float(value)
    except OverflowError as error:
        raise Garbage("number too large") from error
    if not math.isfinite(finite):
        raise Garbage("number not finite")
    return finite


def mapping(value: object) -> dict[str, Any]:
    """Return an object of JSON or raise `Garbage`."""
    if not isinstance(value, dict):
        raise Garbage(f"{type(value).__name__} instead of an object")
    return cast("dict[str, Any]", value)


def role_of(value: object) -> AssetRole:
    """Return the role of a file or raise `Garbage`."""
    try:
        return AssetRole(text(value))
    except ValueError as error:
        raise Garbage(str(error)) from error


def error_of(message: Mapping[str, Any]) -> RushesError:
    """Rebuild what a child says went wrong; a code that no child may use becomes a plain `EngineError`."""
    fallback = EngineCrashed if message.get("retryable") is True else EngineError
    return _ERRORS.get(text(message.get("code")), fallback)(text(message.get("text")))


def probe_of(value: object) -> Probe:
    """Read measured properties or raise `Garbage`."""
    fields = mapping(value)
    media_type = text(fields.get("media_type"))
    if media_type not in EXTENSIONS:
        raise Garbage("unknown media type")
    frames, codec, thumbhash = fields.get("frames"), fields.get("codec"), fields.get("thumbhash")
    duration, fps = fields.get("duration_seconds"), fields.get("fps")
    return Probe(
        media_type=media_type,
        width=int(number(fields.get("width"))),
        height=int(number(fields.get("height"))),
        duration_seconds=None if duration is None else number(duration),
        fps=None if fps is None else number(fps),
        frames=None if frames is None else int(number(frames)),
        codec=None if codec is None else text(codec),
        thumbhash=None if thumbhash is None else text(thumbhash),
    )


def request_to(request: Request) -> dict[str, Any]:
    """Write a run's request as JSON can hold it."""
    return {
        "job_type": request.job_type,
        "prompt": request.prompt,
        "options": dict(request.options),
        "inputs": {
            role: {"path": str(item.path), "probe": asdict(item.probe)}
            for role, item in request.inputs.items()
        },
        "workdir": str(request.workdir),
        "seed": request.seed,
        "deadline_seconds": request.deadline_seconds,
        "negative_prompt": request.negative_prompt,
        "compel_weights": None if request.compel_weights is None else dict(request.compel_weights),
        "orientation": request.orientation,
        "quality": request.quality,
        "format": request.format,
        "config": dict(request.config),
        "checkpoint": None if request.checkpoint is None else dict(request.checkpoint),
    }


def request_of(fields: Mapping[str, Any]) -> Request:
    """Read a run's request as the parent wrote it."""
    inputs = {
        AssetRole(role): Input(path=Path(item["path"]), probe=Probe(**item["probe"]))
        for role, item in fields["inputs"].items()
    }
    return Request(
        job_type=JobType(fields["job_type"]),
        prompt=fields["prompt"],
        options=fields["options"],
        inputs=inputs,
        workdir=Path(fields["workdir"]),
        seed=fields["seed"],
        deadline_seconds=fields["deadline_seconds"],
        negative_prompt=fields["negative_prompt"],
        compel_weights=fields["compel_weights"],
        orientation=None if fields["orientation"] is None else Orientation(fields["orientation"]),
        quality=None if fields["quality"] is None else Quality(fields["quality"]),
        format=fields["format"],
        config=fields["config"],
        checkpoint=fields["checkpoint"],
    )


def limits_of(fields: Mapping[str, Any]) -> Limits:
    """Read the limits as the parent wrote them with `asdict`."""
    return Limits(**fields)


def media_limits_of(fields: Mapping[str, Any]) -> MediaLimits:
    """Read the limits of a media file as the parent wrote them with `asdict`."""
    return MediaLimits(**fields)


def _refuse(constant: str) -> NoReturn:
    raise Garbage(f"{constant} is not a number")
