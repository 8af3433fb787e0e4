"""The page of models: what is offered, at what price, and how many jobs of each run at once."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from rushes.actions import admin_models as actions
from rushes.db import admin_models
from rushes.db.admin_models import KeptModel
from rushes.domain.catalogue import MAX_CAP
from rushes.domain.jobs import JobType
from rushes.web.api.admin.access import Administrator
from rushes.web.deps import Wired
from rushes.web.pages.admin.access import Oversight, render_admin
from rushes.web.pages.admin.lanes import Cap
from rushes.web.pages.cards.type_words import TYPE_WORDS
from rushes.web.pages.notices import Notice, redirect

router = APIRouter(prefix="/models")

_HERE = "/admin/models"
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A model with its price, and what it makes, in words."""

    model: KeptModel
    makes: str
    price: str
    more: str

    @classmethod
    def of(cls, model: KeptModel) -> Self:
        """Show a model to an administrator."""
        price: dict[str, Any] = dict(model.price)
        per_second = ", ".join(f"{credits_} at {name}" for name, credits_ in price["per_second"].items())
        kinds = ", ".join(TYPE_WORDS[JobType(name)] for name in price.get("by_type") or ())
        return cls(
            model=model,
            makes=", ".join(TYPE_WORDS[kind] for kind in model.job_types),
            price=f"{per_second} a second",
            more=f"at least {price['minimum']}" + (f"; another for {kinds}" if kinds else ""),
        )


@router.get("")
async def show(request: Request, visit: Oversight) -> Response:
    """Show all models, offered or not."""
    rows = [Row.of(model) for model in await admin_models.list_models(visit.tx)]
    return await render_admin(request, visit, "models.html", tab=_HERE, rows=rows, max_cap=MAX_CAP)


@router.post("/{slug}/enable")
async def enable(slug: Slug, services: Wired, administrator: Administrator) -> Response:
    """Offer the model to new jobs."""
    await actions.change(services.database, administrator, slug=slug, changes={"enabled": True})
    return redirect(_HERE, Notice.MODEL_ENABLED)


@router.post("/{slug}/disable")
async def disable(slug: Slug, services: Wired, administrator: Administrator) -> Response:
    """Take no new jobs for the model; those that were submitted go on."""
    await actions.change(services.database, administrator, slug=slug, changes={"enabled": False})
    return redirect(_HERE, Notice.MODEL_DISABLED)


@router.post("/{slug}/cap")
async def set_cap(slug: Slug, services: Wired, administrator: Administrator, cap: Cap = None) -> Response:
    """Limit how many jobs of the model run at once; an empty field lifts the limit."""
    await actions.change(services.database, administrator, slug=slug, changes={"cap": cap})
    return redirect(_HERE, Notice.CAP_CHANGED)
