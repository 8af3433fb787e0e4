"""Direct uploads as the API is asked for them and answers."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from rushes.actions.uploads import Announced
from rushes.domain.media import Asset, AssetRole
from rushes.web.addresses import Signer
from rushes.web.api.wording import Ask, Text
from rushes.web.multipart import clean_file_name

InputRole = Literal[
    AssetRole.REFERENCE,
    AssetRole.MOTION,
    AssetRole.MASK,
    AssetRole.TEMPLATE,
    AssetRole.DATA,
    AssetRole.AUDIO,
    AssetRole.SUBTITLES,
]


class UploadBody(Ask):
    """A file that is going to be sent directly."""

    role: Annotated[InputRole, Field(description="What the file is for.", examples=["motion"])]
    bytes: Annotated[int, Field(ge=1, le=2**40, description="Its size; not one byte more is taken.")]
    file_name: Annotated[
        Text | None, Field(max_length=255, description="What it is called here.", examples=["walk.mp4"])
    ] = None
    media_type: Annotated[
        Text | None,
        Field(
            max_length=100,
            description="Its type, to be refused before it is sent rather than after. Its content decides.",
            examples=["video/mp4"],
        ),
    ] = None

    def announced(self) -> Announced:
        """Return what the actions take."""
        return Announced(
            role=AssetRole(self.role),
            size=self.bytes,
            file_name=(self.file_name and clean_file_name(self.file_name)) or None,
            media_type=self.media_type,
        )


class UploadDocument(BaseModel):
    """Where and how to send a file."""

    asset_id: Annotated[UUID, Field(description="To complete the upload with, and to name in a job then.")]
    url: Annotated[str, Field(description="A signed address; it is good for this file alone.")]
    method: Annotated[Literal["PUT"], Field(description="How to send the whole file there.")]
    headers: Annotated[dict[str, str], Field(description="What to send along with it.")]
    resumable: Annotated[
        bool,
        Field(
            description="Whether it can be sent in parts as well: `HEAD` of the address tells the "
            "`Upload-Offset`, `PATCH` with that header sends what follows."
        ),
    ]
    expires_at: Annotated[datetime, Field(description="When the address ends.")]

    @classmethod
    def of(cls, asset: Asset, signer: Signer) -> Self:
        """Sign the address of a file that was announced."""
        signed, expires_at = signer.sign_upload(asset)
        return cls(
            asset_id=asset.id,
            url=signed.url,
            method="PUT",
            headers=dict(signed.headers),
            resumable=signer.storage.presigner is None,
            expires_at=expires_at,
        )
