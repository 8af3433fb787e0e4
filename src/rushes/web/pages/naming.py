"""The pages that ask for the name of a project or a workspace session, and whether one shall go."""

from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from rushes.domain.folders import Project, WorkspaceSession
from rushes.web.api.wording import Name
from rushes.web.credentials import Credential, enter
from rushes.web.deps import Visit
from rushes.web.pages.shell import render_shell
from rushes.web.services import Services

_NAME: TypeAdapter[str] = TypeAdapter(Name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForm:
    """What a form for a name says; `action` is where it is sent, `back` where who gives up goes."""

    heading: str
    action: str
    word: str
    back: str
    value: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What somebody is asked before a project or a workspace session goes; its jobs stay."""

    kind: str
    folder: Project | WorkspaceSession
    action: str
    back: str


async def ask_name(
    request: Request, visit: Visit, form: NameForm, *, here: str, status: int = 200
) -> Response:
    """Return the page with a form for a name."""
    return await render_shell(request, visit, "naming.html", here=here, status=status, form=form)


async def ask_removal(request: Request, visit: Visit, removal: Removal, *, here: str) -> Response:
    """Return the page that asks whether something shall go."""
    return await render_shell(request, visit, "removal.html", here=here, removal=removal)


def read_name(typed: str) -> str | None:
    """Return the name that was typed; `None` for one that cannot be."""
    try:
        return _NAME.validate_python(typed.strip())
    except ValidationError:
        return None


async def ask_again(
    request: Request, services: Services, credential: Credential, form: NameForm, *, here: str, typed: Any
) -> Response:
    """Return the form once more, with what was typed and what is wrong with it."""
    wrong = replace(form, value=typed, problem="Give a name of 1 to 100 characters.")
    async with services.database.transaction() as tx:
        visit = Visit(tx=tx, viewer=await enter(tx, credential))
        return await ask_name(request, visit, wrong, here=here, status=422)
