"""What jobs are found again by: projects, workspace sessions, and the groups of those submitted at once."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from rushes.client.documents import Document
from rushes.client.job_documents import JobPage
from rushes.client.paging import each
from rushes.client.server import Server, nothing


class Project(Document):
    """A name for jobs that belong together."""

    id: UUID
    name: str
    created_at: datetime


class WorkspaceSession(Document):
    """A stretch of work, whose jobs are shown together."""

    id: UUID
    name: str
    created_at: datetime


class Group(JobPage):
    """Jobs that were submitted at once, the newest page of them."""

    id: UUID
    created_at: datetime


class _Projects(Document):
    projects: Sequence[Project]
    next_cursor: str | None = None


class _WorkspaceSessions(Document):
    sessions: Sequence[WorkspaceSession]
    next_cursor: str | None = None


async def projects(server: Server) -> AsyncIterator[Project]:
    """Yield the projects, newest first; pages are asked for as they are needed."""

    async def page(cursor: str | None) -> tuple[Sequence[Project], str | None]:
        request = server.request("GET", "/projects", params={"limit": 100, "cursor": cursor})
        found = await server.ask(request, _Projects.model_validate_json)
        return found.projects, found.next_cursor

    async for project in each(page):
        yield project


async def project(server: Server, project_id: UUID | str) -> Project:
    """Return a project.

    Raises:
        Missing: There is no such project.
    """
    request = server.request("GET", f"/projects/{UUID(str(project_id))}")
    return await server.ask(request, Project.model_validate_json)


async def create_project(server: Server, name: str) -> Project:
    """Make a project; jobs name it by `project_id`."""
    request = server.request("POST", "/projects", document={"name": name})
    return await server.ask(request, Project.model_validate_json)


async def rename_project(server: Server, project: Project | UUID | str, name: str) -> Project:
    """Call a project something else.

    Raises:
        Missing: There is no such project.
    """
    request = server.request("PATCH", _project(project), document={"name": name}, is_repeatable=True)
    return await server.ask(request, Project.model_validate_json)


async def delete_project(server: Server, project: Project | UUID | str) -> None:
    """Remove a project; its jobs stay, and belong to none.

    Raises:
        Missing: There is no such project.
    """
    await server.ask(server.request("DELETE", _project(project)), nothing)


async def workspace_sessions(server: Server) -> AsyncIterator[WorkspaceSession]:
    """Yield the workspace sessions, newest first; pages are asked for as they are needed."""

    async def page(cursor: str | None) -> tuple[Sequence[WorkspaceSession], str | None]:
        request = server.request("GET", "/sessions", params={"limit": 100, "cursor": cursor})
        found = await server.ask(request, _WorkspaceSessions.model_validate_json)
        return found.sessions, found.next_cursor

    async for session in each(page):
        yield session


async def workspace_session(server: Server, session_id: UUID | str) -> WorkspaceSession:
    """Return a workspace session.

    Raises:
        Missing: There is no such workspace session.
    """
    request = server.request("GET", f"/sessions/{UUID(str(session_id))}")
    return await server.ask(request, WorkspaceSession.model_validate_json)


async def create_workspace_session(server: Server, name: str) -> WorkspaceSession:
    """Make a workspace session; jobs name it by `workspace_session_id`."""
    request = server.request("POST", "/sessions", document={"name": name})
    return await server.ask(request, WorkspaceSession.model_validate_json)


async def rename_workspace_session(
    server: Server, session: WorkspaceSession | UUID | str, name: str
) -> WorkspaceSession:
    """Call a workspace session something else.

    Raises:
        Missing: There is no such workspace session.
    """
    request = server.request("PATCH", _session(session), document={"name": name}, is_repeatable=True)
    return await server.ask(request, WorkspaceSession.model_validate_json)


async def delete_workspace_session(server: Server, session: WorkspaceSession | UUID | str) -> None:
    """Remove a workspace session; its jobs stay, and belong to none.

    Raises:
        Missing: There is no such workspace session.
    """
    await server.ask(server.request("DELETE", _session(session)), nothing)


async def group(server: Server, group_id: UUID | str) -> Group:
    """Return a group with its newest jobs and the counts of all; `jobs(group=…)` yields every one.

    Raises:
        Missing: There is no such group.
    """
    request = server.request("GET", f"/groups/{UUID(str(group_id))}", params={"limit": 100})
    return await server.ask(request, Group.model_validate_json)


def _project(project: Project | UUID | str) -> str:
    return f"/projects/{project.id if isinstance(project, Project) else UUID(str(project))}"


def _session(session: WorkspaceSession | UUID | str) -> str:
    return f"/sessions/{session.id if isinstance(session, WorkspaceSession) else UUID(str(session))}"
