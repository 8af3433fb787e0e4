"""The rows of the catalogue with everything that is kept of them, as administrators change them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.jobs import JobType

_queries = load("admin_models")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """What an administrator can say of a model; `price` is the document that the catalogue reads."""

    slug: str
    title: str
    description: str
    engine: str
    lane: str
    job_types: tuple[JobType, ...]
    aliases: Mapping[str, Any]
    options_schema: Mapping[str, Any]
    price: Mapping[str, Any]
    time_limit_seconds: int
    max_attempts: int
    cap: int | None
    enabled: bool
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptModel(ModelRow):
    """A model as it is kept."""

    created_at: datetime
    updated_at: datetime


_NAMES = [field.name for field in fields(KeptModel)]


async def list_models(tx: Tx) -> list[KeptModel]:
    """Return all models, offered or not, by slug."""
    return [_model(row) async for row in _queries.list_models(tx, slug=None)]


async def get_model(tx: Tx, *, slug: str) -> KeptModel | None:
    """Return a model, offered or not."""
    rows = [_model(row) async for row in _queries.list_models(tx, slug=slug)]
    return rows[0] if rows else None


async def insert_model(tx: Tx, model: ModelRow) -> bool:
    """Add a model, and its lane if it is not there; `False` if the slug is taken."""
    await _queries.add_lane(tx, name=model.lane)
    return await _queries.insert_model(tx, model=asdict(model)) is not None


async def update_model(tx: Tx, model: ModelRow) -> None:
    """Replace a model, and add its lane if it is not there; its jobs follow it to another lane."""
    await _queries.add_lane(tx, name=model.lane)
    await _queries.update_model(tx, model=asdict(model))


def _model(row: Any) -> KeptModel:
    known: dict[str, Any] = {name: row[name] for name in _NAMES}
    known["job_types"] = tuple(JobType(name) for name in row["job_types"])
    return KeptModel(**known)
