"""Answers in JSON that are written as they are, without a model that checks and copies them first."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response
from pydantic import BaseModel


def answer(values: Any) -> Response:
    """Return values that come from the database as an answer.

    For what is asked for most, where models take more time than the database. The route still documents the
    model that the values are the fields of, and a test holds the two together.
    """
    return Response(write(values), media_type="application/json")


def write(values: Any) -> bytes:
    """Write values that come from the database as JSON; the keys are plain strings, not of an enumeration."""
    return orjson.dumps(values, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: Any) -> Any:
    match value:
        case UUID():  # the driver's own kind, which orjson does not know
            return str(value)
        case BaseModel():
            return value.model_dump(mode="json")
        case Decimal():
            return float(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")
