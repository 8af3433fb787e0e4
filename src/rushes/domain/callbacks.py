"""What a provider may report of the one attempt that it works for, and the token that lets it."""

import base64
import binascii
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from rushes.domain.ids import JobId, Lease
from rushes.errors import SignatureExpired, SignatureInvalid

_PURPOSE = b"callback\0"
"""Signed with the token: nothing else that the same key signs begins like this."""

_LAYOUT = struct.Struct(">16s16sHQ")
_SIGNATURE_BYTES = 32


class ReportKind(StrEnum):
    """What a report is of; after the two last nothing more is taken."""

    PROGRESS = "progress"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a provider says. `progress` is 0 to 100; `output_url` is where what it made can be fetched.

    A provider is a stranger: nothing in here is true because it says so.
    """

    kind: ReportKind
    progress: int | None = None
    progress_text: str | None = None
    output_url: str | None = None
    error_code: str | None = None
    error_message: str | None = None

    def body(self) -> dict[str, Any]:
        """Return what is kept of it beside its kind."""
        return {name: value for name in _BODY if (value := getattr(self, name)) is not None}

    @classmethod
    def of(cls, kind: ReportKind, body: Mapping[str, Any]) -> Self:
        """Return the report that was kept."""
        return cls(kind=kind, **body)


_BODY = ("progress", "progress_text", "output_url", "error_code", "error_message")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackToken:
    """The right to report on one attempt until a moment, to the second."""

    job_id: JobId
    number: int
    lease: Lease
    expires_at: datetime


def write_token(secret: bytes, token: CallbackToken) -> str:
    """Return a token as text for an address: its fields and their HMAC-SHA-256 (RFC 2104), in base64url."""
    expires = int(token.expires_at.timestamp())
    fields = _LAYOUT.pack(token.job_id.bytes, token.lease.bytes, token.number, expires)
    return base64.urlsafe_b64encode(fields + _sign(secret, fields)).decode()


def read_token(secret: bytes, text: str, *, now: datetime) -> CallbackToken:
    """Return what `write_token` wrote with the same secret.

    Raises:
        SignatureInvalid: It did not write this.
        SignatureExpired: It did, but its time is over.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        fields, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        job_id, lease, number, expires = _LAYOUT.unpack(fields)
    except (UnicodeEncodeError, binascii.Error, struct.error) as error:
        raise SignatureInvalid from error
    if not hmac.compare_digest(signature, _sign(secret, fields)):
        raise SignatureInvalid
    if now.timestamp() > expires:
        raise SignatureExpired
    return CallbackToken(
        job_id=JobId(UUID(bytes=job_id)),
        number=number,
        lease=Lease(UUID(bytes=lease)),
        expires_at=datetime.fromtimestamp(expires, now.tzinfo),
    )


def _sign(secret: bytes, fields: bytes) -> bytes:
    return hmac.new(secret, _PURPOSE + fields, "sha256").digest()
