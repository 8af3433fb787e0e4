"""Signing in, up and out on pages: the session is a cookie that no script can read."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from rushes.actions import accounts
from rushes.errors import FieldProblem, InvalidFields, Limited, RushesError
from rushes.web.api.auth import user_agent
from rushes.web.credentials import COOKIE, mint_token
from rushes.web.deps import Limits, SameOrigin, SignedIn, Wired
from rushes.web.errors import STATUSES
from rushes.web.pages.rendering import render
from rushes.web.services import Services

router = APIRouter(include_in_schema=False)

_HOME = "/jobs"
Field = Annotated[str, Form()]
Next = Annotated[str, Query(alias="next")]


@router.get("/login")
async def login_form(request: Request, next_: Next = _HOME) -> Response:
    """Ask who it is."""
    return render(request, "login.html", email="", next=next_, problems={}, summary=None)


@router.post("/login", dependencies=[SameOrigin])
async def login(
    request: Request,
    services: Wired,
    rate_limits: Limits,
    email: Field = "",
    password: Field = "",
    next_: Annotated[str, Form(alias="next")] = _HOME,
) -> Response:
    """Open a session and go where the person wanted to."""
    try:
        return await _open(request, services, rate_limits, email=email, password=password, next_=next_)
    except RushesError as error:
        return _again(request, "login.html", error, email=email, next=next_)


@router.get("/register")
async def register_form(request: Request, services: Wired, next_: Next = _HOME) -> Response:
    """Ask for what an account needs."""
    return render(
        request,
        "register.html",
        email="",
        next=next_,
        credits=services.signup_credits,
        problems={},
        summary=None,
    )


@router.post("/register", dependencies=[SameOrigin])
async def register(
    request: Request,
    services: Wired,
    rate_limits: Limits,
    email: Field = "",
    password: Field = "",
    next_: Annotated[str, Form(alias="next")] = _HOME,
) -> Response:
    """Create an account and sign its owner in."""
    try:
        rate_limits.count_registration(request, email)
        registration = accounts.Registration(email=email, password=password, credits=services.signup_credits)
        await accounts.register(services.database, registration)
        return await _open(request, services, rate_limits, email=email, password=password, next_=next_)
    except RushesError as error:
        return _again(
            request, "register.html", error, email=email, next=next_, credits=services.signup_credits
        )


@router.post("/logout")
async def logout(services: Wired, viewer: SignedIn) -> Response:
    """End the session and forget its cookie."""
    await accounts.logout(services.database, viewer)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, secure=services.secure_cookies, httponly=True, samesite="lax")
    return response


async def _open(
    request: Request, services: Services, rate_limits: Limits, *, email: str, password: str, next_: str
) -> Response:
    missing = {"email": email, "password": password}
    if empty := tuple(
        FieldProblem(field=name, message="Fill this in.") for name in missing if not missing[name]
    ):
        raise InvalidFields(fields=empty)
    rate_limits.count_login(request, email)
    opened = await accounts.login(
        services.database, email=email, password=password, user_agent=user_agent(request)
    )
    response = RedirectResponse(_local(next_), 303)
    response.set_cookie(
        COOKIE,
        mint_token(services.secret, opened),
        expires=opened.expires_at,
        secure=services.secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return response


def _again(request: Request, template: str, error: RushesError, **values: str | int) -> Response:
    problems = {one.field: one.message for one in error.fields}
    page = render(
        request,
        template,
        status=STATUSES[error.kind],
        problems=problems,
        summary=None if problems else error.message,
        **values,
    )
    if isinstance(error, Limited):
        page.headers["Retry-After"] = str(error.retry_after_seconds)
    return page


def _local(path: str) -> str:
    # Two slashes, or a slash and a backslash, are the start of another site's address to a browser.
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else _HOME
