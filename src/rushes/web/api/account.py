"""The viewer's own account and its API keys."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from rushes.actions import accounts as actions
from rushes.db import accounts
from rushes.errors import Unauthenticated
from rushes.web.api.documents import ApiKeyDocument, UserDocument
from rushes.web.api.wording import Ask, Name
from rushes.web.deps import Reading, SignedIn, Wired
from rushes.web.errors import documented

router = APIRouter(tags=["account"])


def _require_future(value: datetime) -> datetime:
    if value <= datetime.now(UTC):
        raise ValueError("this is in the past")
    return value


class ApiKeyBody(Ask):
    """What a new key is made from."""

    name: Annotated[Name, Field(examples=["ci"])]
    expires_at: Annotated[
        Annotated[AwareDatetime, AfterValidator(_require_future)] | None, Field(description="Null: never.")
    ] = None


class NewApiKeyDocument(ApiKeyDocument):
    """A key that was just made."""

    key: Annotated[str, Field(description="The key itself, shown here and never again.")]


class ApiKeyList(BaseModel):
    """The keys that were not revoked, newest first."""

    api_keys: list[ApiKeyDocument]


@router.get("/me", responses=documented(401))
async def me(visit: Reading) -> UserDocument:
    """Return the viewer's account with its credits and limits."""
    user = await accounts.get_user(visit.tx, user_id=visit.viewer.user_id)
    if user is None:
        raise Unauthenticated
    return UserDocument.of(user)


@router.get("/api-keys", responses=documented(401))
async def list_api_keys(visit: Reading) -> ApiKeyList:
    """Return the viewer's API keys, without their secrets."""
    keys = await accounts.list_api_keys(visit.tx, user_id=visit.viewer.user_id)
    return ApiKeyList(api_keys=[ApiKeyDocument.of(key) for key in keys])


@router.post("/api-keys", status_code=201, responses=documented(401))
async def create_api_key(body: ApiKeyBody, services: Wired, viewer: SignedIn) -> NewApiKeyDocument:
    """Make an API key for programs."""
    key, secret = await actions.create_api_key(
        services.database, viewer, name=body.name, expires_at=body.expires_at
    )
    return NewApiKeyDocument(**ApiKeyDocument.of(key).model_dump(), key=secret)


@router.delete("/api-keys/{key_id}", status_code=204, responses=documented(401, 404))
async def revoke_api_key(key_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """End an API key; requests that use it fail from now on."""
    await actions.revoke_api_key(services.database, viewer, key_id=key_id)
