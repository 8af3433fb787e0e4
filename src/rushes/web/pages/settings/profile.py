"""The profile: what an account says of itself, its email address and its password."""

from collections.abc import Mapping
from typing import Annotated, Any

import fastapi
from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.actions import profile as actions
from rushes.domain.accounts import Viewer
from rushes.domain.texts import Text
from rushes.errors import RushesError
from rushes.web.deps import Limits, Reading, SignedIn, Visit, Wired
from rushes.web.limiting import Rate
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.settings.forms import Form, reading
from rushes.web.pages.settings.tabs import PROFILE, render_tab
from rushes.web.services import Services

router = APIRouter(prefix=PROFILE.path, include_in_schema=False)

Field = Annotated[Text, fastapi.Form()]


@router.get("")
async def show(request: Request, visit: Reading) -> Response:
    """Show what the account says of itself."""
    return await _page(request, visit, Form())


@router.post("")
async def change(
    request: Request, services: Wired, viewer: SignedIn, username: Field = "", avatar_url: Field = ""
) -> Response:
    """Change the name and the picture; an empty field is none."""
    changes = {"username": username.strip() or None, "avatar_url": avatar_url.strip() or None}
    try:
        await actions.change(services.database, viewer, changes=changes)
    except RushesError as error:
        form = Form.refused(error, name="profile", values={"username": username, "avatar_url": avatar_url})
        return await _again(request, services, viewer, form)
    return redirect(PROFILE.path, Notice.PROFILE_SAVED)


@router.post("/email")
async def change_email(
    request: Request,
    services: Wired,
    viewer: SignedIn,
    rate_limits: Limits,
    email: Field = "",
    current_password: Field = "",
) -> Response:
    """Change the address that the account is signed in to with."""
    changes: Mapping[str, Any] = {"email": email.strip(), "current_password": current_password}
    try:
        rate_limits.count(Rate.PASSWORDS, request, str(viewer.user_id))
        await actions.change(services.database, viewer, changes=changes)
    except RushesError as error:
        return await _again(
            request, services, viewer, Form.refused(error, name="email", values={"email": email})
        )
    return redirect(PROFILE.path, Notice.EMAIL_CHANGED)


@router.post("/password")
async def change_password(
    request: Request,
    services: Wired,
    viewer: SignedIn,
    rate_limits: Limits,
    current_password: Field = "",
    new_password: Field = "",
) -> Response:
    """Change the password; all other sessions end."""
    try:
        rate_limits.count(Rate.PASSWORDS, request, str(viewer.user_id))
        await actions.change_password(services.database, viewer, current=current_password, new=new_password)
    except RushesError as error:
        return await _again(request, services, viewer, Form.refused(error, name="password"))
    return redirect(PROFILE.path, Notice.PASSWORD_CHANGED)


async def _again(request: Request, services: Services, viewer: Viewer, form: Form) -> Response:
    async with reading(services, viewer) as visit:
        return await _page(request, visit, form)


async def _page(request: Request, visit: Visit, form: Form) -> Response:
    return await render_tab(request, visit, PROFILE, "profile", status=form.status, form=form)
