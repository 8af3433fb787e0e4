"""API keys: the list, a new one that is shown once, and the end of one."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import fastapi
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from rushes.actions import accounts as actions
from rushes.db import accounts
from rushes.domain.accounts import Viewer
from rushes.errors import FieldProblem, InvalidFields, Missing, RushesError
from rushes.web.api.account import ApiKeyBody
from rushes.web.deps import Reading, SignedIn, Visit, Wired
from rushes.web.errors import field_problems
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.settings.forms import Form, reading
from rushes.web.pages.settings.tabs import KEYS, render_tab
from rushes.web.services import Services

router = APIRouter(prefix=KEYS.path, include_in_schema=False)

_LIFETIMES = {"": "Never", "30": "In 30 days", "90": "In 90 days", "365": "In a year"}
"""What can be chosen, in days; keys can live longer or shorter by the API."""


@router.get("")
async def show(request: Request, visit: Reading) -> Response:
    """Show the keys that were not revoked, without their secrets."""
    return await _page(request, visit, Form())


@router.post("")
async def create(
    request: Request,
    services: Wired,
    viewer: SignedIn,
    name: Annotated[str, fastapi.Form()] = "",
    days: Annotated[str, fastapi.Form()] = "",
) -> Response:
    """Make a key and show it, this once."""
    try:
        secret, form = await _create(services, viewer, name=name.strip(), days=days), Form()
    except RushesError as error:
        secret, form = None, Form.refused(error, name="key", values={"name": name, "days": days})
    async with reading(services, viewer) as visit:
        return await _page(request, visit, form, secret=secret)


@router.get("/{key_id}/revoke")
async def ask_to_revoke(key_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask whether a key is to end."""
    keys = await accounts.list_api_keys(visit.tx, user_id=visit.viewer.user_id)
    key = next((key for key in keys if key.id == key_id), None)
    if key is None:
        raise Missing("There is no such API key.")
    return await render_tab(
        request,
        visit,
        KEYS,
        "question",
        title=f"Revoke “{key.name}”?",
        text="Programs that sign in with this key are refused from now on. It cannot be brought back.",
        action=f"{KEYS.path}/{key.id}/revoke",
        word="Revoke key",
        back=KEYS.path,
    )


@router.post("/{key_id}/revoke")
async def revoke(key_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """End a key."""
    await actions.revoke_api_key(services.database, viewer, key_id=key_id)
    return redirect(KEYS.path, Notice.KEY_REVOKED)


async def _create(services: Services, viewer: Viewer, *, name: str, days: str) -> str:
    if not name:
        raise InvalidFields(fields=(FieldProblem(field="name", message="Give it a name."),))
    if days not in _LIFETIMES:
        raise InvalidFields(fields=(FieldProblem(field="days", message="Choose one of these."),))
    expires_at = datetime.now(UTC) + timedelta(days=int(days)) if days else None
    try:
        body = ApiKeyBody(name=name, expires_at=expires_at)
    except ValidationError as error:
        raise InvalidFields(fields=field_problems(error.errors())) from error
    _, secret = await actions.create_api_key(
        services.database, viewer, name=body.name, expires_at=body.expires_at
    )
    return secret


async def _page(request: Request, visit: Visit, form: Form, *, secret: str | None = None) -> Response:
    return await render_tab(
        request,
        visit,
        KEYS,
        "keys",
        status=form.status if secret is None else 201,
        form=form,
        secret=secret,
        lifetimes=_LIFETIMES,
        keys=await accounts.list_api_keys(visit.tx, user_id=visit.viewer.user_id),
    )
