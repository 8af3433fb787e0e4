"""Accounts, keys, models and files as the API shows them."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from rushes.domain.accounts import ApiKey, Plan, Role, User, slot_limit
from rushes.domain.catalogue import Model
from rushes.domain.jobs import JobType
from rushes.domain.media import Asset, AssetRole, AssetStatus
from rushes.domain.posters import poster_of
from rushes.storage.signing import TILE_LIFETIME
from rushes.web.addresses import Signer


class UserDocument(BaseModel):
    """An account."""

    id: UUID
    email: str
    username: str | None
    avatar_url: str | None
    role: Role
    plan: Plan
    credits: Annotated[int, Field(description="The balance.", examples=[1000])]
    slots: Annotated[int, Field(description="How many jobs may wait in a lane or run at once.", examples=[2])]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """Show an account to its owner."""
        return cls(
            id=user.id,
            email=user.email,
            username=user.username,
            avatar_url=user.avatar_url,
            role=user.role,
            plan=user.plan,
            credits=user.credits,
            slots=slot_limit(user),
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


class ApiKeyDocument(BaseModel):
    """An API key without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    prefix: Annotated[str, Field(description="The first characters of the key.", examples=["rsk_AbCdEfGh"])]
    created_at: datetime
    last_used_at: Annotated[datetime | None, Field(description="When it was last used, to the minute.")]
    expires_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Show a key to its owner."""
        return cls.model_validate(key)


class ModelDocument(BaseModel):
    """A model of the catalogue."""

    slug: Annotated[str, Field(description="What `model` of a job names.", examples=["motion"])]
    title: str
    description: str
    job_types: list[JobType]
    options_schema: Annotated[dict[str, Any], Field(description="JSON Schema of the options.")]
    credits_per_second: Annotated[dict[str, int], Field(description="Per output second, by resolution.")]
    credits_minimum: int
    time_limit_seconds: int
    max_attempts: int

    @classmethod
    def of(cls, model: Model) -> Self:
        """Show a model to anybody."""
        return cls(
            slug=model.slug,
            title=model.title,
            description=model.description,
            job_types=sorted(model.job_types),
            options_schema=dict(model.options_schema),
            credits_per_second={str(name): price for name, price in model.price.tariff.per_second.items()},
            credits_minimum=model.price.tariff.minimum,
            time_limit_seconds=model.time_limit_seconds,
            max_attempts=model.max_attempts,
        )


class AssetDocument(BaseModel):
    """One stored file."""

    id: UUID
    role: AssetRole
    status: Annotated[AssetStatus, Field(description="A file can be named in a job while it is `checking`.")]
    file_name: str | None
    media_type: Annotated[str, Field(description="As its content says.", examples=["video/mp4"])]
    bytes: int | None
    sha256: str | None
    width: Annotated[
        int | None, Field(description="Pixels as displayed; null until it is `ready`, and for what has none.")
    ]
    height: int | None
    duration_seconds: Annotated[float | None, Field(description="Of a film, or of sound.")]
    fps: float | None
    frames: int | None
    codec: str | None
    thumbhash: str | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    url: Annotated[str | None, Field(description="A signed address, while the file can be read.")]
    url_expires_at: datetime | None
    poster_url: Annotated[
        str | None,
        Field(description="A signed address of a small still, for as long; null if there is none."),
    ]

    @classmethod
    def of(cls, asset: Asset, signer: Signer) -> Self:
        """Show a file to its owner."""
        is_readable = asset.status in {AssetStatus.CHECKING, AssetStatus.READY}
        url, expires_at = signer.sign(asset, lifetime=TILE_LIFETIME) if is_readable else (None, None)
        probe, poster = asset.probe, poster_of(asset)
        return cls(
            id=asset.id,
            role=asset.role,
            status=asset.status,
            file_name=asset.file_name,
            media_type=asset.media_type,
            bytes=asset.bytes,
            sha256=asset.sha256,
            width=(probe and probe.width) or None,
            height=(probe and probe.height) or None,
            duration_seconds=probe and probe.duration_seconds,
            fps=probe and probe.fps,
            frames=probe and probe.frames,
            codec=probe and probe.codec,
            thumbhash=probe and probe.thumbhash,
            error_code=asset.error_code,
            error_message=asset.error_message,
            created_at=asset.created_at,
            url=url,
            url_expires_at=expires_at,
            poster_url=poster and signer.sign(poster, lifetime=TILE_LIFETIME)[0],
        )
