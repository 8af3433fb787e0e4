"""The catalogue of models in the database, and the rows that ship with the software."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.catalogue import Alias, Model
from rushes.domain.credits import Price, Tariff
from rushes.domain.jobs import JobType, Quality
from rushes.domain.options import OPTIONS, Resolution

_queries = load("catalogue")
_SHIPPED = Path(__file__).with_name("catalogue.toml")


async def add_model(tx: Tx, model: Model) -> None:
    """Add a model, and its lane, unless they are there; options no operator changed become the model's."""
    await _queries.add_lane(tx, name=model.lane)
    await _queries.add_model(
        tx,
        slug=model.slug,
        title=model.title,
        description=model.description,
        engine=model.engine,
        lane=model.lane,
        job_types=sorted(model.job_types),
        options_schema=model.options_schema,
        price=_price_document(model.price),
        time_limit_seconds=model.time_limit_seconds,
        max_attempts=model.max_attempts,
    )


async def get_model(tx: Tx, *, slug: str) -> Model | None:
    """Return a model, enabled or not."""
    row = await _queries.get_model(tx, slug=slug)
    return row and _model(row)


async def find_model(tx: Tx, *, name: str) -> tuple[Model, Alias | None] | None:
    """Return the model with a slug or an alias, enabled or not, and what the alias stands for besides."""
    return (await find_models(tx, names=[name])).get(name)


async def find_models(tx: Tx, *, names: Iterable[str]) -> dict[str, tuple[Model, Alias | None]]:
    """Return what `find_model` does, by name; nothing for a name that no model has."""
    rows = _queries.find_models(tx, names=list(names))
    return {row["asked_name"]: (_model(row), _alias(row["alias"])) async for row in rows}


async def list_models_among(tx: Tx, *, slugs: Iterable[str]) -> dict[str, Model]:
    """Return some models by their slugs, enabled or not."""
    rows = _queries.list_models_among(tx, slugs=list(slugs))
    return {row["slug"]: _model(row) async for row in rows}


async def list_models(tx: Tx) -> list[Model]:
    """Return the models that can be asked for."""
    return [_model(row) async for row in _queries.list_models(tx)]


def shipped_models() -> list[Model]:
    """Return the models that ship with the software."""
    with _SHIPPED.open("rb") as file:
        rows = tomllib.load(file)["model"]
    return [_model(row | {"options_schema": _schema(row["job_types"]), "enabled": True}) for row in rows]


def _schema(job_types: Sequence[str]) -> dict[str, Any]:
    """Return the schema of the options of one job type, or that of any of several."""
    schemas = [OPTIONS[JobType(name)].model_json_schema() for name in job_types]
    if len(schemas) == 1:
        return schemas[0]
    # A name stands for the same class in each.
    definitions = {name: one for schema in schemas for name, one in schema.pop("$defs", {}).items()}
    return {"type": "object", "anyOf": schemas, "$defs": definitions}


def _model(row: Any) -> Model:
    return Model(
        slug=row["slug"],
        title=row["title"],
        description=row["description"],
        engine=row["engine"],
        lane=row["lane"],
        job_types=frozenset(JobType(name) for name in row["job_types"]),
        options_schema=row["options_schema"],
        price=_price(row["price"]),
        time_limit_seconds=row["time_limit_seconds"],
        max_attempts=row["max_attempts"],
        enabled=row["enabled"],
    )


def _alias(document: Any) -> Alias | None:
    if document is None:
        return None
    job_type, quality = document.get("job_type"), document.get("quality")
    return Alias(job_type=job_type and JobType(job_type), quality=quality and Quality(quality))


def _price(document: Any) -> Price:
    return Price(
        tariff=_tariff(document),
        by_type={JobType(name): _tariff(tariff) for name, tariff in document.get("by_type", {}).items()},
        quality_percent={Quality(name): n for name, n in document.get("quality_percent", {}).items()},
    )


def _tariff(document: Any) -> Tariff:
    per_second = {Resolution(name): price for name, price in document["per_second"].items()}
    return Tariff(per_second=per_second, minimum=document["minimum"])


def _price_document(price: Price) -> dict[str, Any]:
    document = asdict(price)
    return document.pop("tariff") | document
