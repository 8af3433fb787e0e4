"""Webhook endpoints: the list, a new one, changing one, and its deliveries."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import fastapi
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from rushes.actions import webhooks as actions
from rushes.actions.webhooks import NewEndpoint
from rushes.db import webhooks
from rushes.domain.texts import Text
from rushes.domain.webhooks import Endpoint, WebhookEvent, WebhookFormat
from rushes.errors import RushesError
from rushes.web.api.webhooks import list_deliveries
from rushes.web.deps import Guard, Limits, Reading, SignedIn, Visit, Wired
from rushes.web.limiting import Rate
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.settings.forms import Form, reading
from rushes.web.pages.settings.tabs import WEBHOOKS, render_tab

router = APIRouter(prefix=WEBHOOKS.path, include_in_schema=False)

PAGE_DELIVERIES = 20

_ENDED: Sequence[str] = (WebhookEvent.COMPLETED, WebhookEvent.FAILED, WebhookEvent.CANCELLED)
"""What a new endpoint is told of, unless its owner chooses otherwise."""


class AskedEndpoint(BaseModel):
    """What was typed into the form; the action says what is wrong with it."""

    url: Text = ""
    description: Text = ""
    events: list[str] = Field(default_factory=list)
    format: WebhookFormat = WebhookFormat.NATIVE

    def values(self) -> dict[str, str]:
        """Return what a refused form shows again."""
        return {"url": self.url, "description": self.description, "format": self.format}


Asked = Annotated[AskedEndpoint, fastapi.Form()]


@router.get("")
async def show_all(request: Request, visit: Reading) -> Response:
    """Show the endpoints, newest first."""
    endpoints = await webhooks.list_endpoints(visit.tx, user_id=visit.viewer.user_id)
    return await render_tab(request, visit, WEBHOOKS, "webhooks", endpoints=endpoints)


@router.get("/new")
async def begin(request: Request, visit: Reading) -> Response:
    """Ask for what an endpoint is made from."""
    return await _form_page(request, visit, Form(), chosen=_ENDED)


@router.post("")
async def create(
    request: Request, services: Wired, guard: Guard, viewer: SignedIn, rate_limits: Limits, asked: Asked
) -> Response:
    """Add an endpoint and show its secret, this once."""
    new = NewEndpoint(
        url=asked.url.strip(),
        events=asked.events,
        description=asked.description.strip() or None,
        format=asked.format,
    )
    try:
        rate_limits.count(Rate.WEBHOOKS, request, str(viewer.user_id))
        endpoint, secret = await actions.create(services.database, viewer, new, guard=guard)
    except RushesError as error:
        form = Form.refused(error, name="webhook", values=asked.values())
        async with reading(services, viewer) as visit:
            return await _form_page(request, visit, form, chosen=asked.events)
    async with reading(services, viewer) as visit:
        return await render_endpoint(request, visit, endpoint, secret=secret, status=201)


@router.get("/{webhook_id}")
async def show(
    webhook_id: UUID, request: Request, visit: Reading, cursor: Annotated[str | None, Query()] = None
) -> Response:
    """Show one endpoint and what was sent to it, newest first."""
    endpoint = await actions.require_endpoint(visit.tx, visit.viewer, webhook_id)
    return await render_endpoint(request, visit, endpoint, cursor=cursor)


@router.get("/{webhook_id}/edit")
async def edit(webhook_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask for what is to change."""
    endpoint = await actions.require_endpoint(visit.tx, visit.viewer, webhook_id)
    form = Form(name="webhook", values={"url": endpoint.url, "description": endpoint.description or ""})
    return await _form_page(request, visit, form, chosen=sorted(endpoint.events), endpoint=endpoint)


@router.post("/{webhook_id}")
async def change(
    webhook_id: UUID,
    request: Request,
    services: Wired,
    guard: Guard,
    viewer: SignedIn,
    rate_limits: Limits,
    asked: Asked,
) -> Response:
    """Change an endpoint; what waits to be sent goes to its new address."""
    changes = {
        "url": asked.url.strip(),
        "description": asked.description.strip() or None,
        "events": asked.events,
    }
    try:
        rate_limits.count(Rate.WEBHOOKS, request, str(viewer.user_id))
        await actions.change(services.database, viewer, endpoint_id=webhook_id, changes=changes, guard=guard)
    except RushesError as error:
        form = Form.refused(error, name="webhook", values=asked.values())
        async with reading(services, viewer) as visit:
            endpoint = await actions.require_endpoint(visit.tx, viewer, webhook_id)
            return await _form_page(request, visit, form, chosen=asked.events, endpoint=endpoint)
    return redirect(f"{WEBHOOKS.path}/{webhook_id}", Notice.WEBHOOK_SAVED)


async def render_endpoint(
    request: Request,
    visit: Visit,
    endpoint: Endpoint,
    *,
    secret: str | None = None,
    cursor: str | None = None,
    status: int = 200,
) -> Response:
    """Return the page of an endpoint; `secret` is what it was just given."""
    page = await list_deliveries(endpoint.id, visit, limit=PAGE_DELIVERIES, cursor=cursor)
    query = urlencode({"cursor": page.next_cursor})
    return await render_tab(
        request,
        visit,
        WEBHOOKS,
        "webhook",
        status=status,
        endpoint=endpoint,
        secret=secret,
        deliveries=page.deliveries,
        older=page.next_cursor and f"{WEBHOOKS.path}/{endpoint.id}?{query}",
    )


async def _form_page(
    request: Request, visit: Visit, form: Form, *, chosen: Sequence[str], endpoint: Endpoint | None = None
) -> Response:
    kind = WebhookFormat(form.values.get("format", WebhookFormat.NATIVE))
    if endpoint is not None:
        kind = endpoint.format
    return await render_tab(
        request,
        visit,
        WEBHOOKS,
        "webhook_form",
        status=form.status,
        form=form,
        endpoint=endpoint,
        chosen=chosen,
        kind=kind,
        offered=[event for event in WebhookEvent if _can_choose(event, endpoint)],
    )


def _can_choose(event: WebhookEvent, endpoint: Endpoint | None) -> bool:
    # OpenAI has no word for progress.
    is_told_as_openai = endpoint is not None and endpoint.format is WebhookFormat.OPENAI
    return not (is_told_as_openai and event is WebhookEvent.PROGRESS)
