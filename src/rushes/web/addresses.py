"""Signed addresses of stored files, and when they end."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Protocol, Self
from urllib.parse import quote

from fastapi import Request

from rushes.domain.jobs import Job
from rushes.domain.media import EXTENSIONS, Asset, Bucket
from rushes.errors import Missing, SignatureInvalid
from rushes.storage.presigning import SignedWrite
from rushes.storage.signing import UPLOAD_LIFETIME, signed_path, signed_upload_path
from rushes.storage.store import Storage
from rushes.web.services import Services

_NUMBER = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_UNSAFE = re.compile(r'[^\w .()\[\]-]|[\r\n"\\]')


class Stored(Protocol):
    """What an address to read a file is made of."""

    @property
    def bucket(self) -> str:
        """Where it lies."""
        ...

    @property
    def key(self) -> str:
        """Its name there."""
        ...

    @property
    def media_type(self) -> str:
        """What it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs addresses of stored files: those of a store that hands them out itself, or our own.

    `origin` is put before each of our own, such as `https://example.org`, or nothing for a page.
    """

    secret: bytes
    storage: Storage
    origin: str = ""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the signer of absolute addresses at the host that the request was sent to."""
        services: Services = request.app.state.services
        origin = str(request.base_url).rstrip("/")
        return cls(secret=services.secret, storage=services.storage, origin=origin)

    @classmethod
    def of_pages(cls, services: Services) -> Self:
        """Return the signer of addresses that a page of this site leads to."""
        return cls(secret=services.secret, storage=services.storage)

    def sign(
        self, file: Stored, *, lifetime: timedelta, file_name: str | None = None
    ) -> tuple[str, datetime]:
        """Return an address under which a file can be read, and the moment when that ends.

        With a `file_name` it is a download, without one it is shown in place.
        """
        expires_at = (datetime.now(UTC) + lifetime).replace(microsecond=0)
        if self.storage.presigner is not None:
            url = self.storage.presigner.read_url(
                Bucket(file.bucket),
                file.key,
                lifetime=lifetime,
                media_type=file.media_type,
                disposition=disposition(file_name),
            )
            return url, expires_at
        path = signed_path(
            self.secret, bucket=file.bucket, key=file.key, expires_at=expires_at, file_name=file_name
        )
        return f"{self.origin}{path}", expires_at

    def sign_upload(self, asset: Asset) -> tuple[SignedWrite, datetime]:
        """Return how a file that was announced is to be sent, and the moment when that ends."""
        size = asset.bytes or 0
        expires_at = (datetime.now(UTC) + UPLOAD_LIFETIME).replace(microsecond=0)
        if self.storage.presigner is not None:
            signed = self.storage.presigner.write_url(
                asset.bucket, asset.key, lifetime=UPLOAD_LIFETIME, size=size
            )
            return signed, expires_at
        path = signed_upload_path(
            self.secret, bucket=asset.bucket, key=asset.key, expires_at=expires_at, size=size
        )
        return SignedWrite(url=f"{self.origin}{path}", headers={}), expires_at


def download_name(job: Job, output: Asset) -> str:
    """Return the name that a job's output is saved under."""
    return f"rushes-{job.short_id}.{EXTENSIONS.get(output.media_type, 'bin')}"


def disposition(download: str | None) -> str:
    """Return how to show or save a file (RFC 6266), with a name that no header can be broken with."""
    if download is None:
        return "inline"
    name = _UNSAFE.sub("_", PurePosixPath(download.replace("\\", "/")).name).strip(". ") or "file"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


def asked_address(request: Request) -> str:
    """Return path and query as the client wrote them, not as they were understood."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return f"{path.decode('latin-1')}?{query.decode('latin-1')}"


def read_number(text: str) -> int:
    """Return a number of a signed address.

    Raises:
        SignatureInvalid: No address that was signed here has such a number.
    """
    if not _NUMBER.fullmatch(text):
        raise SignatureInvalid
    return int(text)


def require_place(bucket: str, key: str) -> Bucket:
    """Return the bucket of an object, if it can be one.

    Raises:
        Missing: There can be no such object, however its address was signed.
    """
    if bucket not in set(Bucket) or "\0" in key or {"..", "."} & set(key.split("/")):
        raise Missing("There is no such file.")
    return Bucket(bucket)
