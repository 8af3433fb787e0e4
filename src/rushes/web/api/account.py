"""The viewer's own account, its receipts and its API keys."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rushes.actions import accounts as actions
from rushes.actions import profile
from rushes.db import accounts, ledger
from rushes.db.ledger import Entry
from rushes.domain.accounts import (
    AVATAR_URL_MAX_CHARACTERS,
    EMAIL_MAX_CHARACTERS,
    USERNAME_MAX_CHARACTERS,
    User,
    best_priority,
    slot_limit,
)
from rushes.domain.credits import EntryKind
from rushes.errors import Unauthenticated
from rushes.web.api.cursors import START, cut_page, read_cursor
from rushes.web.api.documents import ApiKeyDocument, UserDocument
from rushes.web.api.wording import Ask, Name, Text, Time, leave_out_defaults
from rushes.web.deps import Limits, Reading, SignedIn, Wired
from rushes.web.errors import documented
from rushes.web.limiting import Rate, RateRules

router = APIRouter(tags=["account"])


def _require_future(value: datetime) -> datetime:
    if value <= datetime.now(UTC):
        raise ValueError("this is in the past")
    return value


class LimitsDocument(BaseModel):
    """What the account may do at the most."""

    slots: Annotated[int, Field(description="Jobs that wait in a lane or run at once; the rest are pending.")]
    best_priority: Annotated[int, Field(description="The lowest `priority` a job may ask for; 1 is first.")]
    per_minute: Annotated[
        dict[Rate, int],
        Field(
            description="Requests of each kind in a minute; one more is answered with 429.",
            examples=[{"submits": 300}],
        ),
    ]

    @classmethod
    def of(cls, user: User, rules: RateRules) -> Self:
        """Show the limits of an account."""
        return cls(
            slots=slot_limit(user),
            best_priority=best_priority(user),
            per_minute={rate: rules.of(rate) for rate in Rate},
        )


class MeDocument(UserDocument):
    """The viewer's account with its limits."""

    limits: LimitsDocument

    @classmethod
    def show(cls, user: User, rules: RateRules) -> Self:
        """Show an account with its limits to its owner."""
        return cls(**UserDocument.of(user).model_dump(), limits=LimitsDocument.of(user, rules))


class ProfileBody(Ask):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra=leave_out_defaults)

    username: Annotated[
        Text | None,
        Field(
            description=f"1 to {USERNAME_MAX_CHARACTERS} characters, or null for none.",
            json_schema_extra={"maxLength": USERNAME_MAX_CHARACTERS},
        ),
    ] = None
    avatar_url: Annotated[
        Text | None,
        Field(
            description="An http or https address, or null for none.",
            json_schema_extra={"maxLength": AVATAR_URL_MAX_CHARACTERS},
        ),
    ] = None
    email: Annotated[
        Text,
        Field(
            default=None,
            validate_default=False,
            description="Needs `current_password`.",
            json_schema_extra={"format": "email", "maxLength": EMAIL_MAX_CHARACTERS},
        ),
    ]
    current_password: Annotated[
        Text,
        Field(default=None, validate_default=False, description="Only to change the email address."),
    ]


class LedgerEntryDocument(BaseModel):
    """One change of the balance."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: Annotated[
        EntryKind,
        Field(
            description="`hold` sets a price aside; `capture` or `release` ends that and gives back the rest."
        ),
    ]
    amount: Annotated[int, Field(description="Credits; negative where the balance fell.", examples=[-15])]
    balance_after: int
    reason: str
    job_id: UUID | None
    created_at: datetime

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Show an entry to its owner."""
        return cls.model_validate(entry)


class LedgerPage(BaseModel):
    """Changes of the balance, newest first."""

    entries: list[LedgerEntryDocument]
    next_cursor: Annotated[str | None, Field(description="Null: this was the last page.")]


class ApiKeyBody(Ask):
    """What a new key is made from."""

    name: Annotated[Name, Field(examples=["ci"])]
    expires_at: Annotated[
        Annotated[Time, AfterValidator(_require_future)] | None, Field(description="Null: never.")
    ] = None


class NewApiKeyDocument(ApiKeyDocument):
    """A key that was just made."""

    key: Annotated[str, Field(description="The key itself, shown here and never again.")]


class ApiKeyList(BaseModel):
    """The keys that were not revoked, newest first."""

    api_keys: list[ApiKeyDocument]


@router.get("/me", responses=documented(401))
async def me(visit: Reading, services: Wired) -> MeDocument:
    """Return the viewer's account with its credits and limits."""
    user = await accounts.get_user(visit.tx, user_id=visit.viewer.user_id)
    if user is None:
        raise Unauthenticated
    return MeDocument.show(user, services.rates)


@router.patch("/me", responses=documented(401, 409, 429))
async def change_me(
    body: ProfileBody, request: Request, services: Wired, viewer: SignedIn, rate_limits: Limits
) -> MeDocument:
    """Change the viewer's name, picture or email address."""
    changes = body.model_dump(exclude_unset=True)
    if "current_password" in changes or "email" in changes:
        rate_limits.count(Rate.PASSWORDS, request, str(viewer.user_id))
    user = await profile.change(services.database, viewer, changes=changes)
    return MeDocument.show(user, services.rates)


@router.get("/me/ledger", responses=documented(401))
async def list_ledger(
    visit: Reading,
    limit: Annotated[int, Query(ge=1, le=100, description="How many to return at the most.")] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> LedgerPage:
    """Return every change of the viewer's balance, newest first."""
    start = START if cursor is None else read_cursor(cursor)
    found = await ledger.list_entries(
        visit.tx, user_id=visit.viewer.user_id, before_id=start.id, count=limit + 1
    )
    page, next_cursor = cut_page(found, limit=limit)
    return LedgerPage(entries=[LedgerEntryDocument.of(entry) for entry in page], next_cursor=next_cursor)


@router.get("/api-keys", responses=documented(401))
async def list_api_keys(visit: Reading) -> ApiKeyList:
    """Return the viewer's API keys, without their secrets."""
    keys = await accounts.list_api_keys(visit.tx, user_id=visit.viewer.user_id)
    return ApiKeyList(api_keys=[ApiKeyDocument.of(key) for key in keys])


@router.post("/api-keys", status_code=201, responses=documented(401, 409))
async def create_api_key(body: ApiKeyBody, services: Wired, viewer: SignedIn) -> NewApiKeyDocument:
    """Make an API key for programs. An account can have 100 of them."""
    key, secret = await actions.create_api_key(
        services.database, viewer, name=body.name, expires_at=body.expires_at
    )
    return NewApiKeyDocument(**ApiKeyDocument.of(key).model_dump(), key=secret)


@router.delete("/api-keys/{key_id}", status_code=204, responses=documented(401, 404))
async def revoke_api_key(key_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """End an API key; requests that use it fail from now on."""
    await actions.revoke_api_key(services.database, viewer, key_id=key_id)
