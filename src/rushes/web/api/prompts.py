"""Prompt templates, and prompts made better by rules."""

from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from rushes.actions import prompt_templates as actions
from rushes.db import prompt_templates
from rushes.domain.prompts import PROMPT, Enhanced, PromptTemplate, Strategy, enhance, placeholders
from rushes.errors import Missing
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.job_filters import PageQuery
from rushes.web.api.prompt_fields import MAX_WEIGHTS
from rushes.web.api.wording import Ask, Name, Prompt
from rushes.web.deps import Reading, SignedIn, Visit, Wired, limited
from rushes.web.errors import documented
from rushes.web.limiting import Rate

router = APIRouter(tags=["prompts"])

_STRATEGY = (
    "`template` fills a template and tidies the result; `weights` writes what is emphasised as in compel, "
    "`word++` or `(some words)-`, as numbers; `expand` adds terms of camera, light and style, for the same "
    "prompt always the same; `clean` tidies spaces and marks and drops what is said twice. None asks a model."
)
_EXAMPLE = "{prompt}, {place}, golden hour"


def _require_prompt(body: str) -> str:
    if PROMPT not in placeholders(body):
        raise ValueError("it needs the place {prompt}")
    return body


Body = Annotated[
    Prompt,
    AfterValidator(_require_prompt),
    Field(
        description="1 to 1000 characters with `{prompt}` in it, and other such places (a-z, 0-9 and _).",
        examples=[_EXAMPLE],
    ),
]
TemplateStrategy = Annotated[Strategy, Field(description=_STRATEGY)]
TemplateName = Annotated[Name, Field(description="No two are named alike.", examples=["Evening"])]


class TemplateBody(Ask):
    """What a template is made from."""

    name: TemplateName
    body: Body
    strategy: TemplateStrategy = Strategy.TEMPLATE


class TemplateChanges(Ask):
    """What to change of a template; what is left out stays as it is."""

    # The defaults are never read; made by a factory, they are not documented as what an absent field means.
    name: Annotated[TemplateName, Field(default_factory=str)]
    body: Annotated[Body, Field(default_factory=str)]
    strategy: Annotated[TemplateStrategy, Field(default_factory=lambda: Strategy.TEMPLATE)]

    @model_validator(mode="after")
    def _require_any(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self


class TemplateDocument(BaseModel):
    """A text that prompts are put into."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: Annotated[str, Field(examples=["Evening"])]
    body: Annotated[str, Field(examples=[_EXAMPLE])]
    strategy: TemplateStrategy
    placeholders: Annotated[list[str], Field(description="Its places.", examples=[["prompt", "place"]])]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, template: PromptTemplate) -> Self:
        """Show a template to its owner."""
        return cls(
            id=template.id,
            name=template.name,
            body=template.body,
            strategy=template.strategy,
            placeholders=placeholders(template.body),
            created_at=template.created_at,
            updated_at=template.updated_at,
        )


class TemplatePage(BaseModel):
    """A page of templates, newest first."""

    templates: list[TemplateDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


class EnhanceBody(Ask):
    """A prompt and how to work on it."""

    prompt: Annotated[Prompt, Field(description="1 to 1000 characters.", examples=["a fox++ in the snow"])]
    strategy: Annotated[
        Strategy | None, Field(description=f"{_STRATEGY} Null: the template's, or `clean` without one.")
    ] = None
    template_id: Annotated[UUID | None, Field(description="Put the prompt into this template first.")] = None
    template_name: Annotated[Name | None, Field(description="The same, by the template's name.")] = None
    values: Annotated[
        dict[Name, Prompt],
        Field(
            default_factory=dict,
            max_length=50,
            description="What to put into the template's other places.",
            examples=[{"place": "on a hill"}],
        ),
    ]

    @model_validator(mode="after")
    def _require_one_template(self) -> Self:
        if self.template_id is not None and self.template_name is not None:
            raise ValueError("name the template by its id or by its name")
        return self


class WeightDocument(BaseModel):
    """A part of the prompt that is emphasised."""

    model_config = ConfigDict(from_attributes=True)

    text: Annotated[str, Field(examples=["fox"])]
    weight: Annotated[float, Field(ge=0, le=10, description="1 is as much as any other.", examples=[1.21])]


class JobFieldsDocument(BaseModel):
    """What a job takes of an enhanced prompt, by the names that it has there."""

    prompt: Annotated[str, Field(description="As it was written.")]
    original_prompt: str
    enhanced_prompt: Annotated[str, Field(description="What the model is to be given.")]
    enhancement_strategy: TemplateStrategy
    enhancement_time_ms: Annotated[int, Field(ge=0)]
    compel_weights: Annotated[
        dict[str, float], Field(description="What the enhanced prompt emphasises.", examples=[{"fox": 1.21}])
    ]
    qwen_expansion_percentage: Annotated[float, Field(description="How much longer it is.")]
    template_name: Annotated[str | None, Field(description="The template that it was put into.")]


class EnhancedDocument(BaseModel):
    """A prompt and what became of it."""

    original: str
    enhanced: Annotated[str, Field(description="At most 1000 characters.")]
    strategy: TemplateStrategy
    weights: Annotated[Sequence[WeightDocument], Field(description="What the enhanced prompt emphasises.")]
    expansion_percentage: Annotated[float, Field(description="How much longer it is; below 0 if shorter.")]
    milliseconds: Annotated[float, Field(ge=0, description="How long it took.")]
    job_fields: Annotated[
        JobFieldsDocument, Field(description="The same, to be sent as fields of a job as it stands.")
    ]


@router.post("/prompt-templates", status_code=201, responses=documented(401, 409))
async def create_template(body: TemplateBody, services: Wired, viewer: SignedIn) -> TemplateDocument:
    """Keep a template."""
    made = await actions.create_template(
        services.database, viewer, name=body.name, body=body.body, strategy=body.strategy
    )
    return TemplateDocument.of(made)


@router.get("/prompt-templates", responses=documented(401))
async def list_templates(visit: Reading, query: Annotated[PageQuery, Query()]) -> TemplatePage:
    """Return a page of the viewer's templates, newest first."""
    start = read_cursor(query.cursor)
    found = await prompt_templates.list_templates(
        visit.tx,
        user_id=visit.viewer.user_id,
        before_time=start.time,
        before_id=start.id,
        count=query.limit + 1,
    )
    page, next_cursor = cut_page(found, limit=query.limit)
    return TemplatePage(templates=[TemplateDocument.of(one) for one in page], next_cursor=next_cursor)


@router.get("/prompt-templates/{template_id}", responses=documented(401, 404))
async def show_template(template_id: UUID, visit: Reading) -> TemplateDocument:
    """Return one of the viewer's templates."""
    return TemplateDocument.of(await _find_template(visit, template_id=template_id, name=None))


@router.patch("/prompt-templates/{template_id}", responses=documented(401, 404, 409))
async def change_template(
    template_id: UUID, body: TemplateChanges, services: Wired, viewer: SignedIn
) -> TemplateDocument:
    """Change a template; prompts that it made stay as they are."""
    changes = body.model_dump(exclude_unset=True)
    changed = await actions.change_template(
        services.database, viewer, template_id=template_id, changes=changes
    )
    return TemplateDocument.of(changed)


@router.delete("/prompt-templates/{template_id}", status_code=204, responses=documented(401, 404))
async def delete_template(template_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Remove a template; prompts that it made stay as they are."""
    await actions.delete_template(services.database, viewer, template_id=template_id)


@router.post("/prompts/enhance", responses=documented(401, 404, 429), dependencies=[limited(Rate.PROMPTS)])
async def enhance_prompt(body: EnhanceBody, visit: Reading) -> EnhancedDocument:
    """Work on a prompt by rules, and keep nothing: send what you like of `job_fields` with a job."""
    template = None
    if body.template_id is not None or body.template_name is not None:
        template = await _find_template(visit, template_id=body.template_id, name=body.template_name)
    strategy = body.strategy or (template.strategy if template else Strategy.CLEAN)
    begun = perf_counter()
    made = enhance(body.prompt, strategy, body=template and template.body, values=body.values)
    return _enhanced(made, template, milliseconds=(perf_counter() - begun) * 1000)


def _enhanced(made: Enhanced, template: PromptTemplate | None, *, milliseconds: float) -> EnhancedDocument:
    return EnhancedDocument(
        original=made.original,
        enhanced=made.enhanced,
        strategy=made.strategy,
        weights=[WeightDocument.model_validate(one) for one in made.weights],
        expansion_percentage=made.expansion_percentage,
        milliseconds=round(milliseconds, 3),
        job_fields=JobFieldsDocument(
            prompt=made.original,
            original_prompt=made.original,
            enhanced_prompt=made.enhanced,
            enhancement_strategy=made.strategy,
            enhancement_time_ms=round(milliseconds),
            # Of a part that stands there several times, what was said last.
            compel_weights={one.text: one.weight for one in made.weights[-MAX_WEIGHTS:]},
            qwen_expansion_percentage=made.expansion_percentage,
            template_name=template and template.name,
        ),
    )


async def _find_template(visit: Visit, *, template_id: UUID | None, name: str | None) -> PromptTemplate:
    user_id = visit.viewer.user_id
    if template_id is not None:
        found = await prompt_templates.get_template(visit.tx, template_id=template_id, user_id=user_id)
    else:
        found = await prompt_templates.get_template_by_name(visit.tx, name=name or "", user_id=user_id)
    if found is None:
        raise Missing("There is no such template.")
    return found
