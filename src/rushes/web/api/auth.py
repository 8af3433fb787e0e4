"""Signing up, in and out."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rushes.actions import accounts, profile
from rushes.domain.accounts import PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARACTERS, USERNAME_MAX_CHARACTERS
from rushes.web.api.documents import UserDocument
from rushes.web.api.wording import Ask, Text
from rushes.web.credentials import mint_token
from rushes.web.deps import Limits, SignedIn, Wired, limited
from rushes.web.errors import documented
from rushes.web.limiting import Rate
from rushes.web.openapi import OPEN

router = APIRouter(prefix="/auth", tags=["auth"])

_USER_AGENT_CHARACTERS = 500

# Said here and enforced by the action: so a wrong length is named together with what else is wrong.
_PASSWORD_LENGTHS: dict[str, Any] = {"minLength": PASSWORD_MIN_CHARACTERS, "maxLength": PASSWORD_MAX_BYTES}
_USERNAME_LENGTHS: dict[str, Any] = {"minLength": 1, "maxLength": USERNAME_MAX_CHARACTERS}


class RegistrationBody(Ask):
    """What a new account is made from."""

    email: Annotated[Text, Field(examples=["ada@example.org"], json_schema_extra={"format": "email"})]
    password: Annotated[
        Text,
        Field(
            description="8 characters to 72 bytes.",
            examples=["correct horse"],
            json_schema_extra=_PASSWORD_LENGTHS,
        ),
    ]
    username: Annotated[Text, Field(json_schema_extra=_USERNAME_LENGTHS)] | None = None


class LoginBody(Ask):
    """What opens a session."""

    email: Annotated[Text, Field(examples=["ada@example.org"])]
    password: Annotated[Text, Field(examples=["correct horse"])]


class PasswordBody(Ask):
    """The password as it is, and as it is to be."""

    current_password: Annotated[Text, Field(examples=["correct horse"])]
    new_password: Annotated[
        Text,
        Field(
            description="8 characters to 72 bytes.",
            examples=["battery staple"],
            json_schema_extra=_PASSWORD_LENGTHS,
        ),
    ]


class LoginDocument(BaseModel):
    """A session that was just opened."""

    token: Annotated[str, Field(description="Send it as `Authorization: Bearer …`.")]
    expires_at: datetime
    user: UserDocument


@router.post("/register", status_code=201, responses=documented(409, 429), openapi_extra=OPEN)
async def register(
    body: RegistrationBody, request: Request, services: Wired, rate_limits: Limits
) -> UserDocument:
    """Create an account and grant it its first credits."""
    rate_limits.count_registration(request, body.email)
    registration = accounts.Registration(**body.model_dump(), credits=services.signup_credits)
    return UserDocument.of(await accounts.register(services.database, registration))


@router.post("/login", responses=documented(401, 429), openapi_extra=OPEN)
async def login(body: LoginBody, request: Request, services: Wired, rate_limits: Limits) -> LoginDocument:
    """Open a session. Whether the email address or the password was wrong is not told."""
    rate_limits.count_login(request, body.email)
    opened = await accounts.login(
        services.database, email=body.email, password=body.password, user_agent=user_agent(request)
    )
    return LoginDocument(
        token=mint_token(services.secret, opened),
        expires_at=opened.expires_at,
        user=UserDocument.of(opened.user),
    )


@router.post("/logout", status_code=204, responses=documented(401))
async def logout(services: Wired, viewer: SignedIn) -> None:
    """End this session; its token is worth nothing from now on. An API key has no session to end."""
    await accounts.logout(services.database, viewer)


@router.post(
    "/password", status_code=204, responses=documented(401, 429), dependencies=[limited(Rate.PASSWORDS)]
)
async def change_password(body: PasswordBody, services: Wired, viewer: SignedIn) -> None:
    """Change the password. All other sessions of the account end; API keys stay."""
    await profile.change_password(
        services.database, viewer, current=body.current_password, new=body.new_password
    )


def user_agent(request: Request) -> str | None:
    """Return what a session is remembered by."""
    agent = request.headers.get("user-agent")
    return agent and agent[:_USER_AGENT_CHARACTERS]
