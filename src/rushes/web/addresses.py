"""Signed addresses of stored files, and when they end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from fastapi import Request

from rushes.domain.jobs import Job
from rushes.domain.media import EXTENSIONS, Asset
from rushes.storage.signing import signed_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs addresses; `origin` is put before each, such as `https://example.org`, or nothing for a page."""

    secret: bytes
    origin: str = ""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the signer of absolute addresses at the host that the request was sent to."""
        secret = request.app.state.services.secret
        return cls(secret=secret, origin=str(request.base_url).rstrip("/"))

    def sign(
        self, asset: Asset, *, lifetime: timedelta, file_name: str | None = None
    ) -> tuple[str, datetime]:
        """Return an address under which a file can be read, and the moment when that ends.

        With a `file_name` it is a download, without one it is shown in place.
        """
        expires_at = (datetime.now(UTC) + lifetime).replace(microsecond=0)
        path = signed_path(
            self.secret, bucket=asset.bucket, key=asset.key, expires_at=expires_at, file_name=file_name
        )
        return f"{self.origin}{path}", expires_at


def download_name(job: Job, output: Asset) -> str:
    """Return the name that a job's output is saved under."""
    return f"rushes-{job.short_id}.{EXTENSIONS.get(output.media_type, 'bin')}"
