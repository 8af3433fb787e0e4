"""The questions that stand before what is not easily taken back: a page, or a dialog over the page."""

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import HTMLResponse

from rushes.web.deps import Visit
from rushes.web.pages.admin.access import render_admin


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked; `action` is where a yes is sent, `word` and `keep` stand on the buttons."""

    heading: str
    text: str
    action: str
    word: str
    keep: str
    back: str


async def ask(request: Request, visit: Visit, question: Question, *, tab: str) -> HTMLResponse:
    """Return the page with a question."""
    return await render_admin(request, visit, "question.html", tab=tab, question=question)
