"""The least that answers: an ASGI application with our statements, and nothing around them.

    python -m benchmarks.http_bare URL PORT

It has the server, the event loop and the driver of `rushes serve`, and acts as the same role. `/signed-in`
and `/known` answer a list of jobs: the one finds out by the API key who asks, as we do, the other is told it
by the address, and asks nobody. `/row` commits one small row, as `pgbench` does, in one round trip.
"""

import asyncio
import sys
from typing import Any
from uuid import UUID

import orjson
import uvloop

from rushes.actions.accounts import digest_of_key
from rushes.cli.web_server import open_listener, serve
from rushes.cli.wiring import WEB_CONNECTIONS
from rushes.db.pool import WEB_ROLE, Database, Tx, open_database
from rushes.db.queries import load
from rushes.domain.ids import UserId
from rushes.domain.waiting import WORKER_SILENCE
from rushes.web.api.cursors import START

_accounts, _jobs, _media, _waiting = (load(name) for name in ("accounts", "jobs", "media", "waiting"))
_WAITING = frozenset({"pending", "queued"})
INSERT = "INSERT INTO bench_rows (payload) VALUES ('a row')"
_HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json")],
}


class Bare:
    """The application; `database` is asked by it alone."""

    def __init__(self, database: Database) -> None:
        """Take over a pool."""
        self._database = database

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or the server's own messages."""
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": f"{(await receive())['type']}.complete"})
            return
        answers = {"/signed-in": self._signed_in, "/known": self._known, "/row": self._row}
        body = await answers[scope["path"]](scope)
        await send(_HEAD)
        await send({"type": "http.response.body", "body": body})

    async def _signed_in(self, scope: Any) -> bytes:
        key = dict(scope["headers"])[b"authorization"].removeprefix(b"Bearer ").decode()
        async with self._database.transaction() as tx:
            viewer = await _accounts.enter_api_key(tx, key_sha256=digest_of_key(key))
            return await _page(tx, viewer["user_id"])

    async def _known(self, scope: Any) -> bytes:
        user_id = UserId(UUID(scope["query_string"].decode()))
        async with self._database.transaction(viewer=user_id) as tx:
            return await _page(tx, user_id)

    async def _row(self, _: Any) -> bytes:
        async with self._database.autocommit() as connection:
            await connection.execute(INSERT)
        return b"{}"


async def _page(tx: Tx, user_id: UUID) -> bytes:
    page = {"user_id": user_id, "before_time": START.time, "before_id": START.id, "count": 21}
    jobs = [row async for row in _jobs.list_jobs(tx, **page)][:20]
    files = [row async for row in _media.list_job_assets(tx, job_ids=[row["id"] for row in jobs])]
    waiting = [row["id"] for row in jobs if row["status"] in _WAITING]
    waits = [row async for row in _waiting.explain_waiting(tx, job_ids=waiting, silence=WORKER_SILENCE)]
    counts = [row async for row in _jobs.count_by_status(tx, user_id=user_id)]
    return orjson.dumps([[dict(row) for row in rows] for rows in (jobs, files, waits, counts)], default=str)


async def main(url: str, port: int) -> None:
    """Serve until the process ends."""
    database = await open_database(url, role=WEB_ROLE, connections=WEB_CONNECTIONS)
    with open_listener("127.0.0.1", port) as listener:
        await serve(Bare(database), listener, stop=asyncio.Event(), on_ready=lambda: None)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
