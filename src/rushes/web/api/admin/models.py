"""The catalogue of models with everything that is kept of them."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from rushes.actions import admin_models as actions
from rushes.db import admin_models
from rushes.db.admin_models import KeptModel, ModelRow
from rushes.domain.jobs import JobType
from rushes.web.api.admin.access import Administrator, Overview
from rushes.web.api.admin.model_fields import (
    Aliases,
    Attempts,
    Cap,
    Config,
    Description,
    EngineName,
    JobTypes,
    LaneName,
    OptionsSchema,
    PriceBody,
    TimeLimit,
    Title,
)
from rushes.web.api.wording import Ask
from rushes.web.deps import Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/models", tags=["admin"])

_SLUG = r"^[a-z0-9][a-z0-9._-]{0,62}$"
Slug = Annotated[str, Field(pattern=_SLUG, description="What `model` of a job names.", examples=["sdxl"])]


class KeptModelDocument(BaseModel):
    """A model with everything that is kept of it."""

    model_config = ConfigDict(from_attributes=True)

    slug: Slug
    title: str
    description: str
    engine: Annotated[str, Field(description="What workers run for it.")]
    lane: str
    job_types: list[JobType]
    aliases: Annotated[
        dict[str, Any], Field(description="Other names of it, and what each stands for besides.")
    ]
    options_schema: Annotated[dict[str, Any], Field(description="JSON Schema of the options.")]
    price: Annotated[dict[str, Any], Field(description="Credits by resolution, job type and quality.")]
    time_limit_seconds: Annotated[int, Field(description="Of one attempt.")]
    max_attempts: int
    cap: Annotated[
        int | None, Field(description="How many of its jobs run at once at the most; null: no cap.")
    ]
    enabled: Annotated[bool, Field(description="Whether new jobs can name it.")]
    config: Annotated[dict[str, Any], Field(description="What its engine is told.")]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, model: KeptModel) -> Self:
        """Show a model to an administrator."""
        return cls.model_validate(model)


class KeptModelList(BaseModel):
    """All models, offered or not, by slug."""

    models: list[KeptModelDocument]


class ModelBody(Ask):
    """A new model."""

    slug: Slug
    title: Title
    description: Description = ""
    engine: EngineName
    lane: LaneName
    job_types: JobTypes
    aliases: Annotated[Aliases, Field(default_factory=dict)]
    options_schema: Annotated[OptionsSchema, Field(default_factory=dict)]
    price: PriceBody
    time_limit_seconds: TimeLimit
    max_attempts: Attempts = 3
    cap: Cap = None
    enabled: Annotated[StrictBool, Field(description="Whether new jobs can name it.")] = True
    config: Annotated[Config, Field(default_factory=dict)]

    def row(self) -> ModelRow:
        """Return what the action takes."""
        named: dict[str, Any] = self.model_dump(mode="json")
        named["job_types"] = tuple(self.job_types)
        return ModelRow(**named)


class ModelChanges(Ask):
    """What becomes of a model; what is left out stays, and what is given replaces the whole of its field."""

    # The defaults are never read; made by a factory, they are not documented as what an absent field means.
    title: Annotated[Title, Field(default_factory=str)]
    description: Annotated[Description, Field(default_factory=str)]
    engine: Annotated[EngineName, Field(default_factory=str)]
    lane: Annotated[LaneName, Field(default_factory=str)]
    job_types: Annotated[JobTypes, Field(default_factory=list)]
    aliases: Annotated[Aliases, Field(default_factory=dict)]
    options_schema: Annotated[OptionsSchema, Field(default_factory=dict)]
    price: Annotated[PriceBody, Field(default_factory=PriceBody.model_construct)]
    time_limit_seconds: Annotated[TimeLimit, Field(default_factory=int)]
    max_attempts: Annotated[Attempts, Field(default_factory=int)]
    cap: Cap = None
    enabled: Annotated[StrictBool, Field(default_factory=bool, description="Whether new jobs can name it.")]
    config: Annotated[Config, Field(default_factory=dict)]

    @model_validator(mode="after")
    def _require_any(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self

    def changes(self) -> dict[str, Any]:
        """Return what the action takes."""
        named = self.model_dump(mode="json", include=self.model_fields_set)
        return named | ({"job_types": tuple(self.job_types)} if "job_types" in named else {})


@router.get("", responses=documented(401, 403))
async def list_models(tx: Overview) -> KeptModelList:
    """Return all models, offered or not."""
    models = await admin_models.list_models(tx)
    return KeptModelList(models=[KeptModelDocument.of(model) for model in models])


@router.post("", status_code=201, responses=documented(401, 403, 409))
async def add_model(body: ModelBody, services: Wired, administrator: Administrator) -> KeptModelDocument:
    """Add a model to the catalogue, and its lane if it is not there."""
    return KeptModelDocument.of(await actions.create(services.database, administrator, body.row()))


@router.patch("/{slug}", responses=documented(401, 403, 404))
async def change_model(
    slug: Annotated[str, Path(pattern=_SLUG, description="Of the model.", examples=["motion"])],
    body: ModelChanges,
    services: Wired,
    administrator: Administrator,
) -> KeptModelDocument:
    """Change a model; jobs that have not ended follow it to another lane, and keep their price."""
    kept = await actions.change(services.database, administrator, slug=slug, changes=body.changes())
    return KeptModelDocument.of(kept)
