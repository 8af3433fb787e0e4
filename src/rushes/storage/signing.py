"""Signed addresses: the right to read one object until a moment, proved by an HMAC (RFC 2104)."""

import hmac
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from rushes.domain.media import Bucket
from rushes.errors import SignatureExpired, SignatureInvalid

TILE_LIFETIME = timedelta(hours=1)
DOWNLOAD_LIFETIME = timedelta(days=7)


def signed_path(
    secret: bytes, *, bucket: Bucket, key: str, expires_at: datetime, file_name: str | None = None
) -> str:
    """Return the path and query under which one object can be read until `expires_at`.

    Args:
        secret: The server's key for signatures.
        bucket: Where the object lies.
        key: Its name there.
        expires_at: The last moment, to the second.
        file_name: Offer it as a download of this name; `None` shows it in place.
    """
    expires = int(expires_at.timestamp())
    query: dict[str, str | int] = {"expires": expires}
    if file_name is not None:
        query["download"] = file_name
    query["signature"] = _signature(secret, bucket, key, expires, file_name)
    return f"/media/{bucket}/{quote(key)}?{urlencode(query)}"


def check_signature(
    secret: bytes,
    *,
    bucket: str,
    key: str,
    expires: int,
    file_name: str | None,
    signature: str,
    now: datetime,
) -> None:
    """Check what `signed_path` made.

    Raises:
        SignatureInvalid: Any part of the address was changed.
        SignatureExpired: It was right, but its time is over.
    """
    expected = _signature(secret, bucket, key, expires, file_name)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureInvalid
    if now.timestamp() > expires:
        raise SignatureExpired


def _signature(secret: bytes, bucket: str, key: str, expires: int, file_name: str | None) -> str:
    # The parts are joined by a character that none of them can hold, so no two addresses share a text.
    text = "\0".join(
        [bucket, key, str(expires), "inline" if file_name is None else f"attachment {file_name}"]
    )
    return hmac.new(secret, text.encode(), "sha256").hexdigest()
