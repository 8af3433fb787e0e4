"""Turning templates into answers."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from rushes.web.pages.icons import load_icons
from rushes.web.pages.static import StaticFiles, load_static

_FOLDER = Path(__file__).parent.parent / "templates"
_THEMES = frozenset({"light", "dark"})
"""What somebody can choose instead of what the system is set to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The environment that templates are rendered in, and the files that they name."""

    environment: Environment
    static: StaticFiles


def load_templates() -> Templates:
    """Compile every template and load what they name, so that a mistake shows at the start."""
    static, icons = load_static(), load_icons()
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def icon(name: str) -> Markup:
        return icons[name]

    names: dict[str, Any] = environment.globals  # the stub knows only the names that Jinja brings
    names.update(icon=icon, static_url=static.url)
    environment.filters.update(moment=_moment)
    for name in environment.list_templates():
        environment.get_template(name)
    return Templates(environment=environment, static=static)


def render(request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page. What it shows is somebody's own, so no cache may keep it."""
    templates: Templates = request.app.state.templates
    page = templates.environment.get_template(name).render(request=request, theme=_theme(request), **context)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})


def _theme(request: Request) -> str | None:
    theme = request.cookies.get("theme")
    return theme if theme in _THEMES else None


def _moment(value: datetime) -> str:
    return f"{value.day} {value:%b %Y, %H:%M} UTC"
