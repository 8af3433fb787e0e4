"""Prompts made better by rules, and the templates that they can be put into."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from rushes.client.documents import Document
from rushes.client.paging import each
from rushes.client.server import Server, nothing
from rushes.domain.prompts import Strategy


class PromptTemplate(Document):
    """A text that prompts are put into; `placeholders` are its places."""

    id: UUID
    name: str
    body: str
    strategy: Strategy
    placeholders: Sequence[str]
    created_at: datetime
    updated_at: datetime


class PromptWeight(Document):
    """A part of a prompt that is emphasised; 1 is as much as any other."""

    text: str
    weight: float


class PromptFields(Document):
    """What a job takes of an enhanced prompt, by the names that it has there."""

    prompt: str
    original_prompt: str
    enhanced_prompt: str
    enhancement_strategy: str
    enhancement_time_ms: int
    compel_weights: Mapping[str, float]
    qwen_expansion_percentage: float
    template_name: str | None = None


class EnhancedPrompt(Document):
    """A prompt and what became of it; it took `milliseconds`.

    `submit(…, **enhanced.job_fields.model_dump())` has the model given the enhanced prompt.
    """

    original: str
    enhanced: str
    strategy: Strategy
    weights: Sequence[PromptWeight]
    expansion_percentage: float
    milliseconds: float
    job_fields: PromptFields


class TemplateChanges(TypedDict, total=False):
    """What of a template is to change; what is left out stays."""

    name: str
    body: str
    strategy: Strategy | str


class _Templates(Document):
    templates: Sequence[PromptTemplate]
    next_cursor: str | None = None


async def enhance_prompt(
    server: Server,
    prompt: str,
    *,
    strategy: Strategy | str | None = None,
    template: str | None = None,
    values: Mapping[str, str] | None = None,
) -> EnhancedPrompt:
    """Have a prompt worked on by rules; nothing is kept.

    Args:
        server: The server.
        prompt: 1 to 1000 characters.
        strategy: How; by default that of the template, or `clean`.
        template: The name of a template to put it into first.
        values: What to put into the template's other places.

    Raises:
        Invalid: The prompt or a value is not accepted.
        Missing: There is no such template.
    """
    document = {"prompt": prompt, "strategy": strategy, "template_name": template, "values": values or {}}
    request = server.request("POST", "/prompts/enhance", document=document, is_repeatable=True)
    return await server.ask(request, EnhancedPrompt.model_validate_json)


async def prompt_templates(server: Server) -> AsyncIterator[PromptTemplate]:
    """Yield the templates, newest first; pages are asked for as they are needed."""

    async def page(cursor: str | None) -> tuple[Sequence[PromptTemplate], str | None]:
        request = server.request("GET", "/prompt-templates", params={"limit": 100, "cursor": cursor})
        found = await server.ask(request, _Templates.model_validate_json)
        return found.templates, found.next_cursor

    async for template in each(page):
        yield template


async def prompt_template(server: Server, template_id: UUID | str) -> PromptTemplate:
    """Return a template.

    Raises:
        Missing: There is no such template.
    """
    request = server.request("GET", f"/prompt-templates/{UUID(str(template_id))}")
    return await server.ask(request, PromptTemplate.model_validate_json)


async def create_prompt_template(
    server: Server, name: str, body: str, *, strategy: Strategy | str = Strategy.TEMPLATE
) -> PromptTemplate:
    """Keep a template; its body has the place `{prompt}`, and may have others.

    Raises:
        Invalid: The body has no such place.
        Conflict: There is a template of this name.
    """
    document = {"name": name, "body": body, "strategy": strategy}
    request = server.request("POST", "/prompt-templates", document=document)
    return await server.ask(request, PromptTemplate.model_validate_json)


async def change_prompt_template(
    server: Server, template: PromptTemplate | UUID | str, **changes: Unpack[TemplateChanges]
) -> PromptTemplate:
    """Change a template; see `TemplateChanges`.

    Raises:
        Missing: There is no such template.
        Conflict: There is another one of this name.
    """
    request = server.request("PATCH", _path(template), document=changes, is_repeatable=True)
    return await server.ask(request, PromptTemplate.model_validate_json)


async def delete_prompt_template(server: Server, template: PromptTemplate | UUID | str) -> None:
    """Remove a template; prompts that it made stay as they are.

    Raises:
        Missing: There is no such template.
    """
    await server.ask(server.request("DELETE", _path(template)), nothing)


def _path(template: PromptTemplate | UUID | str) -> str:
    template_id = template.id if isinstance(template, PromptTemplate) else UUID(str(template))
    return f"/prompt-templates/{template_id}"
