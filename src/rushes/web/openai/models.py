"""The catalogue of models in OpenAI's words."""

from typing import Annotated

from fastapi import APIRouter, Path

from rushes.db import catalogue, openai
from rushes.errors import FieldProblem, Missing
from rushes.web.deps import Reading
from rushes.web.openai.documents import OpenAIModel, OpenAIModelPage
from rushes.web.openai.refusals import documented_refusals

router = APIRouter(prefix="/models")


@router.get("", responses=documented_refusals())
async def list_models(visit: Reading) -> OpenAIModelPage:
    """Return the models that a request can name."""
    dates = await openai.list_model_dates(visit.tx)
    models = await catalogue.list_models(visit.tx)
    return OpenAIModelPage(data=[OpenAIModel.of(one, dates[one.slug]) for one in models if one.slug in dates])


@router.get("/{model}", responses=documented_refusals(404))
async def retrieve_model(
    model: Annotated[str, Path(max_length=100, description="Its slug.")], visit: Reading
) -> OpenAIModel:
    """Return one model."""
    dates = await openai.list_model_dates(visit.tx)
    for one in await catalogue.list_models(visit.tx):
        if one.slug == model and model in dates:
            return OpenAIModel.of(one, dates[model])
    message = f"There is no model {model!r}."
    raise Missing(message, fields=(FieldProblem(field="model", message=message),))
