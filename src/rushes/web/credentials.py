"""What proves who a request speaks for: a bearer token, an API key, or the cookie of a session."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from fastapi import Request, WebSocket

from rushes.actions.accounts import API_KEY_PREFIX, Login, digest_of_key
from rushes.db import accounts
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.ids import SessionId
from rushes.errors import Denied, Unauthenticated

COOKIE = "rushes_session"

_ALGORITHM = "HS256"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCredential:
    """A session that the server's own signature vouches for; the database says whether it still runs."""

    session_id: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCredential:
    """The digest of an API key, true or not."""

    key_sha256: bytes


Credential = SessionCredential | KeyCredential


def mint_token(secret: bytes, login: Login) -> str:
    """Return the token of a session: a JWT (RFC 7519) that ends when the session does."""
    claims = {"sub": str(login.user.id), "sid": str(login.session_id), "exp": login.expires_at}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def read_credential(request: Request, secret: bytes) -> Credential:
    """Return what the request proves itself with.

    Raises:
        Unauthenticated: With nothing, or with nothing that could be right.
        Denied: With a cookie, from a page of somebody else.
    """
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        return read_token(token.strip(), secret)
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise Unauthenticated
    require_same_origin(request)
    return _read_session(cookie, secret)


def read_socket_credential(socket: WebSocket, secret: bytes) -> Credential:
    """Return what a WebSocket's handshake proves itself with.

    Raises:
        Unauthenticated: With nothing, or with nothing that could be right.
        Denied: With a cookie, from a page of somebody else: browsers send it along from any page.
    """
    header, cookie = socket.headers.get("authorization"), socket.cookies.get(COOKIE)
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        return read_token(token.strip(), secret)
    if cookie is None:
        raise Unauthenticated
    origin, host = socket.headers.get("origin"), socket.headers.get("host")
    if origin not in {f"http://{host}", f"https://{host}"}:
        raise Denied("This connection did not come from a page of this site.")
    return _read_session(cookie, secret)


def require_same_origin(request: Request) -> None:
    """Check that a request which changes something was made by a page of ours.

    Source: OWASP, Cross-Site Request Forgery Prevention, "Verifying Origin With Standard Headers".

    Raises:
        Denied: A browser made it for somebody else's page, or whoever made it does not say.
    """
    if request.method in _SAFE_METHODS:
        return
    site, origin, host = (request.headers.get(name) for name in ("sec-fetch-site", "origin", "host"))
    # Either scheme: behind a proxy that ends TLS the page was https, and this request is not.
    is_ours = origin in {f"http://{host}", f"https://{host}"} if site is None else site == "same-origin"
    if not is_ours:
        raise Denied("This request did not come from a page of this site.")


async def enter(tx: Tx, credential: Credential) -> Viewer:
    """Check a credential and make its owner the viewer of this transaction.

    Raises:
        Unauthenticated: It was revoked, has expired or never was.
    """
    match credential:
        case SessionCredential():
            viewer = await accounts.enter_session(tx, session_id=credential.session_id)
        case KeyCredential():
            viewer = await accounts.enter_api_key(tx, key_sha256=credential.key_sha256)
    if viewer is None:
        raise Unauthenticated
    return viewer


def read_token(token: str, secret: bytes) -> Credential:
    """Return what a bearer token stands for: an API key, or a session.

    Raises:
        Unauthenticated: It could not be right.
    """
    if token.startswith(API_KEY_PREFIX):
        return KeyCredential(key_sha256=digest_of_key(token))
    return _read_session(token, secret)


def _read_session(token: str, secret: bytes) -> SessionCredential:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=[_ALGORITHM], options={"require": ["sub", "sid", "exp"]}
        )
        return SessionCredential(session_id=SessionId(UUID(claims["sid"])))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated from error
