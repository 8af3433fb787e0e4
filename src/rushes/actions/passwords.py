"""Hashing passwords with bcrypt (Provos & Mazières 1999), off the event loop."""

import asyncio

import bcrypt

from rushes.domain.accounts import PASSWORD_MAX_BYTES

COST = 12
_NOBODY = bcrypt.hashpw(b"nobody signs in with this", bcrypt.gensalt(COST))


async def hash_password(password: str) -> str:
    """Return the bcrypt hash of a password of at most 72 bytes."""
    hashed = await asyncio.to_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt(COST))
    return hashed.decode()


async def check_password(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is right; it takes as long when there is no account to compare with."""
    if len(password.encode()) > PASSWORD_MAX_BYTES or "\0" in password:
        return False
    known = _NOBODY if password_hash is None else password_hash.encode()
    matches = await asyncio.to_thread(_matches, password.encode(), known)
    return matches and password_hash is not None


def _matches(password: bytes, known: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, known)
    except ValueError:
        # What stands for the hash of an account that nobody can sign in to.
        return False
