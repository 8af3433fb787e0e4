"""Waiting for jobs to end while their client waits for the answer."""

import asyncio
from collections.abc import Sequence

from fastapi import Request
from starlette.requests import ClientDisconnect

from rushes.db import jobs
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, is_final
from rushes.errors import Unavailable
from rushes.web.live import Live
from rushes.web.services import Services

POLL_SECONDS = 1.0
"""A notification only wakes earlier; this is how late the truth can be without one."""


async def await_endings(
    request: Request, services: Services, live: Live, viewer: Viewer, made: Sequence[Job]
) -> list[Job]:
    """Return jobs, in no order, once all have ended, or as they stand when `image_wait` is over.

    Those that are deleted meanwhile are left out. Nothing is cancelled when the client goes away.

    Raises:
        ClientDisconnect: Nobody waits any more.
        Unavailable: The server stops.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + services.image_wait.total_seconds()
    job_ids = [job.id for job in made]
    with live.subscribe(*job_ids) as subscription:
        while True:
            async with services.database.transaction(viewer=viewer.user_id) as tx:
                found = await jobs.list_jobs_among(tx, user_id=viewer.user_id, job_ids=job_ids)
            left = deadline - clock()
            if all(is_final(job.status) for job in found) or left <= 0:
                return found
            if subscription.is_over:
                raise Unavailable("The server stops; ask again for the same pictures.")
            if await request.is_disconnected():
                raise ClientDisconnect
            await subscription.wait(seconds=min(left, POLL_SECONDS))
