"""Adding models to the catalogue, and changing them."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from rushes.actions.admin import administering, record
from rushes.db import admin_models, lanes
from rushes.db.admin_models import KeptModel, ModelRow
from rushes.db.pool import Database, Tx
from rushes.domain.audit import Actor, AuditAction, TargetType
from rushes.errors import Conflict, Missing

_NAMES = [field.name for field in fields(ModelRow)]


async def create(database: Database, actor: Actor, model: ModelRow) -> KeptModel:
    """Add a model, and its lane if it is not there.

    Raises:
        Denied: The actor is no administrator.
        Conflict: There is a model with this slug.
    """
    async with administering(database, actor) as tx:
        if not await admin_models.insert_model(tx, model):
            raise Conflict(f"There is a model {model.slug!r} already.")
        kept = await _require_model(tx, model.slug)
        target = (TargetType.MODEL, model.slug)
        await record(tx, actor, AuditAction.MODEL_CREATED, target=target, before=None, after=_said(kept))
    return kept


async def change(database: Database, actor: Actor, *, slug: str, changes: Mapping[str, Any]) -> KeptModel:
    """Change a model by the names of its fields; what is left out stays.

    Jobs that were submitted keep their price. Those that have not ended follow the model to another lane.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such model.
    """
    async with administering(database, actor) as tx:
        await lanes.lock_model(tx, slug=slug)
        before = await _require_model(tx, slug)
        await admin_models.update_model(tx, replace(before, **changes))
        kept = await _require_model(tx, slug)
        target = (TargetType.MODEL, slug)
        was, now = _said(before), _said(kept)
        await record(tx, actor, AuditAction.MODEL_CHANGED, target=target, before=was, after=now)
        await lanes.wake_workers(tx, lane=kept.lane)
    return kept


def _said(model: ModelRow) -> dict[str, Any]:
    return {name: getattr(model, name) for name in _NAMES}


async def _require_model(tx: Tx, slug: str) -> KeptModel:
    model = await admin_models.get_model(tx, slug=slug)
    if model is None:
        raise Missing(f"There is no model {slug!r}.")
    return model
