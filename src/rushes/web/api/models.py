"""The catalogue of models."""

from fastapi import APIRouter
from pydantic import BaseModel

from rushes.db import catalogue
from rushes.web.api.documents import ModelDocument
from rushes.web.deps import Reading
from rushes.web.errors import documented

router = APIRouter(tags=["models"])


class ModelList(BaseModel):
    """The models that a job can name."""

    models: list[ModelDocument]


@router.get("/models", responses=documented(401))
async def list_models(visit: Reading) -> ModelList:
    """Return the models with their option schemas and prices."""
    return ModelList(models=[ModelDocument.of(model) for model in await catalogue.list_models(visit.tx)])
