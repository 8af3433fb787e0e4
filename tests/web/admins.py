"""Administrators who use the application."""

from typing import Any

import httpx

from rushes.db.pool import Database
from tests.web.people import API, Person, make_person

ADMIN = API + "/admin"


async def make_admin(owner: Database, client: httpx.AsyncClient) -> Person:
    """A new administrator, signed in."""
    person = await make_person(owner, client)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET role = 'admin' WHERE id = $1", person.viewer.user_id)
    return person


async def patch(person: Person, path: str, body: dict[str, Any]) -> httpx.Response:
    """Change something that administrators change."""
    return await person.client.patch(f"{ADMIN}{path}", json=body, headers=person.bearer)


async def read_audit(person: Person, **filters: str) -> list[dict[str, Any]]:
    """The newest entries of the audit log."""
    return (await person.get("/admin/audit", **filters)).json()["entries"]
