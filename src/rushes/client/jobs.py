"""Finding jobs, and changing what was submitted."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal, TypedDict, Unpack
from uuid import UUID

from rushes.client.documents import Download, Thumbnails
from rushes.client.job_documents import BulkResult, Job, JobDetails, JobPage
from rushes.client.paging import each
from rushes.client.server import Server, nothing
from rushes.domain.jobs import Destination, JobStatus, JobType

JobRef = Job | UUID | str
"""A job or its id."""

StatusFilter = JobStatus | Literal["active"]


class Choices(TypedDict, total=False):
    """What an owner thinks of what a job made, and where he keeps it; what is left out stays as it is."""

    starred: bool
    rating: int | None
    project_id: UUID | None
    destination: Destination


class JobFilter(TypedDict, total=False):
    """Which jobs are meant: those that fit all of it.

    `status` is one or more states, or `active` for all that can still change; `query` is looked for in the
    prompts; `since` and `until` are about the creation, and `until` is not included. `bulk` knows the first
    five.
    """

    status: StatusFilter | Sequence[StatusFilter]
    job_type: JobType
    model: str
    project: UUID
    group: UUID
    session: UUID
    parent: UUID
    starred: bool
    query: str
    since: datetime
    until: datetime


async def show(server: Server, job: JobRef) -> JobDetails:
    """Return a job as it stands now, with its attempts, its children and its receipt.

    Raises:
        Missing: There is no such job.
    """
    request = server.request("GET", f"/jobs/{id_of(job)}")
    return await server.ask(request, JobDetails.model_validate_json)


async def list_page(
    server: Server, *, limit: int = 20, cursor: str | None = None, **wanted: Unpack[JobFilter]
) -> JobPage:
    """Return one page of the account's jobs, newest first, with the counts of all.

    Args:
        server: The server.
        limit: How many, at most 100.
        cursor: The `next_cursor` of the page before.
        **wanted: Which jobs; see `JobFilter`.
    """
    request = server.request("GET", "/jobs", params={"limit": limit, "cursor": cursor, **_conditions(wanted)})
    return await server.ask(request, JobPage.model_validate_json)


async def list_all(server: Server, **wanted: Unpack[JobFilter]) -> AsyncIterator[Job]:
    """Yield the account's jobs, newest first; pages are asked for as they are needed.

    Args:
        server: The server.
        **wanted: Which jobs; see `JobFilter`.
    """

    async def page(cursor: str | None) -> tuple[Sequence[Job], str | None]:
        found = await list_page(server, limit=100, cursor=cursor, **wanted)
        return found.jobs, found.next_cursor

    async for job in each(page):
        yield job


async def cancel(server: Server, job: JobRef) -> Job:
    """Cancel a job: a waiting one at once, a running one within seconds.

    Raises:
        Missing: There is no such job.
        Conflict: It has ended already.
    """
    return await server.ask(server.request("POST", f"/jobs/{id_of(job)}/cancel"), Job.model_validate_json)


async def retry(server: Server, job: JobRef) -> Job:
    """Ask for a failed job once more, at today's price.

    Raises:
        Missing: There is no such job.
        Conflict: It has not failed, or one of its files is gone.
        InsufficientCredits: The balance does not cover the price.
    """
    return await server.ask(server.request("POST", f"/jobs/{id_of(job)}/retry"), Job.model_validate_json)


async def delete(server: Server, job: JobRef) -> None:
    """Delete a job that has ended, with its files.

    Raises:
        Missing: There is no such job.
        Conflict: It has not ended, or another one works on what it made.
    """
    await server.ask(server.request("DELETE", f"/jobs/{id_of(job)}"), nothing)


async def change(server: Server, job: JobRef, **choices: Unpack[Choices]) -> Job:
    """Give a job a star, a rating, a project or another place to be kept; see `Choices`.

    Raises:
        Missing: There is no such job.
    """
    request = server.request("PATCH", f"/jobs/{id_of(job)}", document=choices, is_repeatable=True)
    return await server.ask(request, Job.model_validate_json)


async def bulk(
    server: Server,
    action: Literal["cancel", "retry", "delete"],
    jobs: Sequence[JobRef] | None = None,
    **wanted: Unpack[JobFilter],
) -> BulkResult:
    """Cancel, retry or delete many jobs, each for itself: one that cannot be does not hold up the others.

    Args:
        server: The server.
        action: What to do.
        jobs: At most 100 jobs or their ids; without them, the newest 100 that fit the filter.
        **wanted: The filter; see `JobFilter`.
    """
    document: dict[str, object] = {"action": action}
    if jobs is not None:
        document["ids"] = [id_of(job) for job in jobs]
    else:
        document["filter"] = {k: v for k, v in _conditions(wanted).items() if v not in (None, [])}
    request = server.request("POST", "/jobs/bulk", document=document, is_repeatable=False)
    return await server.ask(request, BulkResult.model_validate_json)


async def output(server: Server, job: JobRef) -> Download:
    """Return where a completed job's output can be downloaded.

    Raises:
        Missing: There is no such job.
        Conflict: It is not completed.
    """
    request = server.request("GET", f"/jobs/{id_of(job)}/output")
    return await server.ask(request, Download.model_validate_json)


async def thumbnails(server: Server, job: JobRef) -> Thumbnails:
    """Return addresses of a job's files to look at, for an hour.

    Raises:
        Missing: There is no such job.
    """
    request = server.request("GET", f"/jobs/{id_of(job)}/thumbnails")
    return await server.ask(request, Thumbnails.model_validate_json)


def id_of(job: JobRef) -> UUID:
    """Return the id of a job.

    Raises:
        ValueError: The text is no id.
    """
    return job.id if isinstance(job, Job) else UUID(str(job))


def _conditions(wanted: JobFilter) -> dict[str, str | bool | Sequence[str] | None]:
    """Return a filter by the names that the API has for it."""
    status = wanted.get("status", ())
    since, until = wanted.get("since"), wanted.get("until")
    ids = {name: wanted.get(name) for name in ("project", "group", "session", "parent")}
    return {
        "status": [status] if isinstance(status, str) else list(status),
        "type": wanted.get("job_type"),
        "model": wanted.get("model"),
        **{name: str(given) if given is not None else None for name, given in ids.items()},
        "starred": wanted.get("starred"),
        "q": wanted.get("query"),
        "from": since and since.isoformat(),
        "to": until and until.isoformat(),
    }
