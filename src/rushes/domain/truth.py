"""Keeping `true` and `false` out of fields that hold something else: pydantic takes them for 1 and 0."""

from typing import Any, get_args

from pydantic import BaseModel, ValidationInfo


def refuse_truth(model: type[BaseModel], value: Any, field: ValidationInfo) -> Any:
    """Return the value; for a validator of all fields that comes before the others.

    Raises:
        ValueError: It is true or false, and the field cannot be.
    """
    if not isinstance(value, bool) or field.field_name is None:
        return value
    annotation = model.model_fields[field.field_name].annotation
    if {bool, Any} & {annotation, *get_args(annotation)}:
        return value
    raise ValueError("true and false are not allowed here")
