"""The fields of a form for a job's options, made from the JSON Schema of the options."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from rushes.domain.catalogue import Model
from rushes.domain.jobs import POST_TYPES, JobType
from rushes.domain.options import OPTIONS

Control = Literal["select", "number", "checkbox", "text", "textarea"]
Schema = Mapping[str, Any]

ON, OFF = "on", "off"
"""What stands for a checkbox in a form that was sent."""

_RESOLUTION = "resolution"
_ADVANCED = "advanced"
_BOXES = frozenset({"motion_box", "reference_box"})
_LONG_TEXT = 1000
_WORDS = {
    "cfg_scale": "Guidance",
    "height": "height",
    "inference_steps": "Steps",
    "safety_checker_image": "Check the picture",
    "safety_checker_video": "Check the output",
    "video_quality": "Encoding",
    "width": "width",
    "x": "left side",
    "y": "top side",
}
_FOLDED = frozenset(
    {
        "composition",
        "delay_seconds",
        "fade_in_seconds",
        "fade_out_seconds",
        "language",
        "normalize",
        "position",
        "safety_checker_image",
        "safety_checker_video",
        "video_quality",
        "voice",
    }
)
"""Options that few change, beside all that the schema has under `advanced`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionField:
    """One option as a form asks for it.

    `name` is its dotted path in a request; `low`, `high` and `step` are for numbers, as a form writes them;
    `is_folded` says that few need it.
    """

    name: str
    label: str
    hint: str
    control: Control
    choices: tuple[str, ...]
    low: str | None
    high: str | None
    step: str
    max_length: int | None
    default: str
    is_folded: bool

    @property
    def is_seed(self) -> bool:
        """Tell whether it can be left to chance, or kept."""
        return self.name.endswith(".seed")


def fields_of(job_type: JobType, model: Model | None) -> tuple[OptionField, ...]:
    """Return the fields for the options of a job type, as far as a model has them.

    The options of the job type decide what is accepted. The schema of a model that serves no other type
    leaves out what it does not have, and gives narrower bounds.
    """
    schema: Schema = OPTIONS[job_type].model_json_schema()
    serves_only_this = model is not None and model.job_types == frozenset({job_type})
    own: Schema = model.options_schema if model is not None and serves_only_this else {}
    found = [
        field for field in _read(schema, own, prefix="options.") if not _is_inherited(job_type, field.name)
    ]
    if model is None:
        return tuple(found)
    made = tuple(model.price.by_type.get(job_type, model.price.tariff).per_second)
    return tuple(_with_choices(field, made) for field in found)


def flat_values(options: Mapping[str, Any], *, prefix: str = "options.") -> dict[str, str]:
    """Return stored options as the fields of a form have them."""
    found: dict[str, str] = {}
    for name, value in options.items():
        match value:
            case Mapping():
                found |= flat_values(cast("Mapping[str, Any]", value), prefix=f"{prefix}{name}.")
            case _:
                found[prefix + name] = _written(value)
    return found


def nested_options(fields: Sequence[OptionField], values: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form was filled with as a request has it; what is empty is left to its default."""
    options: dict[str, Any] = {}
    for field in fields:
        text = values.get(field.name, "")
        value: Any = text == ON if field.control == "checkbox" else text
        if value == "":
            continue
        *folders, name = field.name.split(".")[1:]
        place = options
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return options


def _is_inherited(job_type: JobType, name: str) -> bool:
    return job_type in POST_TYPES and name == f"options.{_RESOLUTION}"


def _read(schema: Schema, own: Schema, *, prefix: str) -> Iterator[OptionField]:
    narrowed: Schema = own.get("properties") or {}
    for name, described in schema["properties"].items():
        if narrowed and name not in narrowed:
            continue
        merged = _resolved(described, schema) | _resolved(narrowed.get(name, {}), own)
        if "properties" in merged:
            inner = _read(
                merged | {"$defs": schema.get("$defs", {})},
                {"properties": merged["properties"], "$defs": own.get("$defs", {})},
                prefix=f"{prefix}{name}.",
            )
            yield from (_side(field, name, merged) for field in inner) if name in _BOXES else inner
        else:
            yield _field(prefix + name, merged)


def _side(field: OptionField, box: str, schema: Schema) -> OptionField:
    """Return the field for one number of a box: its label names both, and any share may be given."""
    label = f"{_label(box)}: {field.label}"
    hint = f"{_said(schema)}. {field.hint}" if field.name.endswith(".x") else field.hint
    return replace(field, label=label, hint=hint, step="any", is_folded=True)


def _resolved(node: Schema, root: Schema) -> dict[str, Any]:
    """Return a schema without references, and without the null that stands for a default."""
    found = {key: value for key, value in node.items() if key not in {"$ref", "anyOf", "allOf"}}
    parts = [part for part in (*node.get("anyOf", ()), *node.get("allOf", ())) if part.get("type") != "null"]
    if "$ref" in node:
        parts.append(root["$defs"][node["$ref"].rpartition("/")[2]])
    for part in parts:
        # What is said where the schema is named goes before what it says itself.
        found = _resolved(part, root) | found
    return found


def _field(path: str, schema: Schema) -> OptionField:
    name = path.rpartition(".")[2]
    control = _control(schema)
    low, high = schema.get("minimum"), schema.get("maximum")
    is_number = control == "number"
    label = _label(name)
    hint = _hint(schema, bounds=(low, high) if is_number else (None, None))
    return OptionField(
        name=path,
        label=label,
        hint="" if hint == f"{label}." else hint,
        control=control,
        choices=tuple(map(str, schema.get("enum", ()))),
        low=_written(low) if is_number else None,
        high=_written(high) if is_number else None,
        step=_written(schema.get("multipleOf", 1 if schema.get("type") == "integer" else 0.1)),
        max_length=schema.get("maxLength"),
        default=_written(schema.get("default")),
        is_folded=f".{_ADVANCED}." in path or name in _FOLDED,
    )


def _control(schema: Schema) -> Control:
    if "enum" in schema:
        return "select"
    match schema.get("type"):
        case "boolean":
            return "checkbox"
        case "integer" | "number":
            return "number"
        case _:
            return "textarea" if schema.get("maxLength", 0) > _LONG_TEXT else "text"


def _hint(schema: Schema, *, bounds: tuple[float | None, float | None]) -> str:
    said = _said(schema)
    low, high = bounds
    span = "" if low is None or high is None else f"{low:,g} to {high:,g}"
    if isinstance(high, int):
        span = f"{low:,} to {high:,}"
    return "".join(f"{part}. " for part in (said, span) if part).strip()


def _label(name: str) -> str:
    return _WORDS.get(name, name.replace("_", " ").capitalize())


def _said(schema: Schema) -> str:
    # Only programs say null: a form leaves the field empty.
    return str(schema.get("description", "")).partition("; null")[0].rstrip(".")


def _with_choices(field: OptionField, made: Sequence[str]) -> OptionField:
    if field.name != f"options.{_RESOLUTION}":
        return field
    return replace(field, choices=tuple(name for name in field.choices if name in made))


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return ON if value else OFF
        case float():
            return f"{value:g}"
        case _:
            return str(value)
