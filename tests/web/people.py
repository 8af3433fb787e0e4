"""People who use the application, signed in without the cost of a password."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from uuid_utils.compat import uuid7

from rushes.actions.accounts import Login
from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId, SessionId
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole
from rushes.web.credentials import COOKIE, mint_token
from tests.factories import make_asset, make_job, make_viewer

API = "/api/v1"
SECRET = b"a secret of the tests, 32 bytes or more"
SESSION_TIME = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account with an open session, and the client that it is used with."""

    viewer: Viewer
    token: str
    client: httpx.AsyncClient

    @property
    def bearer(self) -> dict[str, str]:
        """How a program says who it is."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def cookie(self) -> dict[str, str]:
        """How a browser says who it is, on a page of the site itself."""
        return {
            "Cookie": f"{COOKIE}={self.token}",
            "Origin": "http://rushes.test",
            "Accept": "text/html",
        }

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """Ask the API for something."""
        return await self.client.get(f"{API}{path}", params=params, headers=self.bearer)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        """Send the API a document."""
        return await self.client.post(f"{API}{path}", json=body, headers=self.bearer)

    async def patch(self, path: str, body: Any = None) -> httpx.Response:
        """Send the API changes."""
        return await self.client.patch(f"{API}{path}", json=body, headers=self.bearer)

    async def delete(self, path: str) -> httpx.Response:
        """Ask the API to delete something."""
        return await self.client.delete(f"{API}{path}", headers=self.bearer)

    async def upload(self, role: str, content: bytes, *, name: str = "file") -> httpx.Response:
        """Send the API a file."""
        return await self.client.post(
            f"{API}/assets", data={"role": role}, files={"file": (name, content)}, headers=self.bearer
        )

    async def visit(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self.client.get(path, headers=self.cookie)

    async def press(self, path: str, **form: Any) -> httpx.Response:
        """Send a form of a page."""
        return await self.client.post(path, data=form, headers=self.cookie)


async def make_person(owner: Database, client: httpx.AsyncClient, **account: Any) -> Person:
    """A new account, signed in."""
    viewer = await make_viewer(owner, **account)
    session_id = SessionId(uuid7())
    async with owner.transaction() as tx:
        await accounts.insert_session(
            tx, session_id=session_id, user_id=viewer.user_id, user_agent=None, lifetime=SESSION_TIME
        )
        user = await accounts.get_user(tx, user_id=viewer.user_id)
    assert user is not None
    login = Login(user=user, session_id=session_id, expires_at=datetime.now(UTC) + SESSION_TIME)
    token = mint_token(SECRET, login)
    return Person(viewer=replace(viewer, session_id=session_id), token=token, client=client)


async def make_inputs(owner: Database, person: Person) -> dict[AssetRole, AssetId]:
    """A measured picture and a measured film of the person; nothing is stored."""
    return {
        AssetRole.REFERENCE: await make_asset(owner, person.viewer, role=AssetRole.REFERENCE),
        AssetRole.MOTION: await make_asset(owner, person.viewer, role=AssetRole.MOTION),
    }


async def make_queued_job(owner: Database, person: Person, **changes: Any) -> Job:
    """A job with inputs, waiting for a worker."""
    return await make_job(owner, person.viewer, inputs=await make_inputs(owner, person), **changes)


async def base_job(owner: Database, person: Person, **changes: Any) -> dict[str, Any]:
    """The body of a request for a job."""
    inputs = await make_inputs(owner, person)
    named = {role.value: str(asset_id) for role, asset_id in inputs.items()}
    return {"job_type": "base", "inputs": named} | changes


def wrong_fields(answer: httpx.Response) -> list[str]:
    """The fields that a problem names."""
    return sorted(problem["field"] for problem in answer.json()["errors"])
