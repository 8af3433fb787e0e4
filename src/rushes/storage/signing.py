"""Signed addresses: the right to read or write one object until a moment, proved by an HMAC (RFC 2104)."""

import hmac
from datetime import datetime, timedelta
from urllib.parse import quote, quote_plus

from rushes.domain.media import Bucket
from rushes.errors import SignatureExpired, SignatureInvalid

TILE_LIFETIME = timedelta(hours=1)
DOWNLOAD_LIFETIME = timedelta(days=7)
UPLOAD_LIFETIME = timedelta(hours=12)
"""Less than an upload is waited for before it is given up."""


def signed_path(
    secret: bytes, *, bucket: str, key: str, expires_at: datetime, file_name: str | None = None
) -> str:
    """Return the path and query under which one object can be read until `expires_at`.

    Args:
        secret: The server's key for signatures.
        bucket: Where the object lies.
        key: Its name there.
        expires_at: The last moment, to the second.
        file_name: Offer it as a download of this name; `None` shows it in place.
    """
    return _reading(secret, bucket, key, int(expires_at.timestamp()), file_name)


def signed_upload_path(secret: bytes, *, bucket: Bucket, key: str, expires_at: datetime, size: int) -> str:
    """Return the path and query under which one object of `size` bytes can be sent until `expires_at`."""
    return _writing(secret, bucket, key, int(expires_at.timestamp()), size)


def check_signed_path(
    secret: bytes,
    asked: str,
    *,
    bucket: str,
    key: str,
    expires: int,
    file_name: str | None,
    now: datetime,
) -> None:
    """Check that `asked`, of which the rest are the parts, is what `signed_path` made, to the character.

    Raises:
        SignatureInvalid: Any part of the address was changed, or is written in another way.
        SignatureExpired: It was right, but its time is over.
    """
    _check(asked, _reading(secret, bucket, key, expires, file_name), expires, now)


def check_signed_upload_path(
    secret: bytes, asked: str, *, bucket: str, key: str, expires: int, size: int, now: datetime
) -> None:
    """Check that `asked`, of which the rest are the parts, is what `signed_upload_path` made.

    Raises:
        SignatureInvalid: Any part of the address was changed, or is written in another way.
        SignatureExpired: It was right, but its time is over.
    """
    _check(asked, _writing(secret, bucket, key, expires, size), expires, now)


def _check(asked: str, signed: str, expires: int, now: datetime) -> None:
    if not hmac.compare_digest(asked.encode(errors="replace"), signed.encode(errors="replace")):
        raise SignatureInvalid
    if now.timestamp() > expires:
        raise SignatureExpired


def _reading(secret: bytes, bucket: str, key: str, expires: int, file_name: str | None) -> str:
    way = "inline" if file_name is None else f"attachment {file_name}"
    more = "" if file_name is None else f"&download={quote_plus(file_name)}"
    signature = _signature(secret, bucket, key, expires, way)
    return f"/media/{bucket}/{quote(key)}?expires={expires}{more}&signature={signature}"


def _writing(secret: bytes, bucket: str, key: str, expires: int, size: int) -> str:
    signature = _signature(secret, bucket, key, expires, f"upload {size}")
    return f"/media/upload/{bucket}/{quote(key)}?expires={expires}&bytes={size}&signature={signature}"


def _signature(secret: bytes, bucket: str, key: str, expires: int, way: str) -> str:
    # The parts are joined by a character that none of them can hold, so no two addresses share a text.
    text = "\0".join([bucket, key, str(expires), way])
    return hmac.digest(secret, text.encode(errors="replace"), "sha256").hex()
