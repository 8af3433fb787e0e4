"""People who use the application, signed in without the cost of a password."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from rushes.actions.accounts import Login
from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import SessionId
from rushes.web.credentials import mint_token
from tests.factories import make_viewer

API = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account with an open session, and a client that carries its token."""

    viewer: Viewer
    token: str
    client: httpx.AsyncClient

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """Ask the API for something."""
        return await self.client.get(f"{API}{path}", params=params)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        """Send the API a document."""
        return await self.client.post(f"{API}{path}", json=body)

    async def delete(self, path: str) -> httpx.Response:
        """Ask the API to delete something."""
        return await self.client.delete(f"{API}{path}")

    async def upload(self, role: str, content: bytes, *, name: str = "file") -> httpx.Response:
        """Send a file."""
        return await self.client.post(f"{API}/assets", data={"role": role}, files={"file": (name, content)})


@asynccontextmanager
async def make_person(owner: Database, app: FastAPI, secret: bytes, **account: Any) -> AsyncIterator[Person]:
    """A new account, signed in."""
    viewer = await make_viewer(owner, **account)
    session_id = SessionId(uuid7())
    async with owner.transaction() as tx:
        await accounts.insert_session(
            tx,
            session_id=session_id,
            user_id=viewer.user_id,
            user_agent=None,
            lifetime=timedelta(days=1),
        )
        user = await accounts.get_user(tx, user_id=viewer.user_id)
    assert user is not None
    token = mint_token(
        secret, Login(user=user, session_id=session_id, expires_at=datetime.now(UTC) + timedelta(days=1))
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://rushes.test",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield Person(viewer=replace(viewer, session_id=session_id), token=token, client=client)
