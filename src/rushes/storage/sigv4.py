"""Presigned addresses of S3, signed here because their answer's headers can be asked for then.

Source: AWS Signature Version 4, "Authenticating Requests: Using Query Parameters".
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """What an account of an S3 server signs with; `session_token` belongs to keys that end."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def presign(
    key: AccessKey,
    *,
    method: str,
    url: str,
    region: str,
    lifetime: timedelta,
    now: datetime,
    query: Mapping[str, str] = _NOTHING,
    headers: Mapping[str, str] = _NOTHING,
) -> str:
    """Return `url` with a signature that is good until `lifetime` after `now`.

    Args:
        key: Whose right it is.
        method: The only method that the address is good for.
        url: The object's address, its path percent-encoded but for the slashes.
        region: The server's region.
        lifetime: A week at the most.
        now: The present moment, in UTC.
        query: What is asked of the server besides, such as `response-content-type`.
        headers: What the client must send, with names in lower case.
    """
    parts = urlsplit(url)
    scope = f"{now:%Y%m%d}/{region}/s3/aws4_request"
    signed = {"host": parts.netloc, **headers}
    asked = {
        **query,
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{key.key_id}/{scope}",
        "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(int(lifetime.total_seconds())),
        "X-Amz-SignedHeaders": ";".join(sorted(signed)),
    }
    if key.session_token is not None:
        asked["X-Amz-Security-Token"] = key.session_token
    text = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(asked.items()))
    lines = [f"{name}:{signed[name]}\n" for name in sorted(signed)]
    request = "\n".join(
        [method, parts.path, text, "".join(lines), asked["X-Amz-SignedHeaders"], "UNSIGNED-PAYLOAD"]
    )
    to_sign = "\n".join(
        [_ALGORITHM, asked["X-Amz-Date"], scope, hashlib.sha256(request.encode()).hexdigest()]
    )
    signature = hmac.new(_signing_key(key.secret, scope), to_sign.encode(), "sha256").hexdigest()
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{text}&X-Amz-Signature={signature}"


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _quoted(text: str) -> str:
    return quote(text, safe="")
