"""What was typed into a form of the settings, and what was wrong with it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from rushes.domain.accounts import Viewer
from rushes.errors import RushesError
from rushes.web.deps import Visit
from rushes.web.errors import STATUSES
from rushes.web.services import Services

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of a page; `name` tells it from the others there, `status` is the answer's."""

    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    summary: str | None = None
    status: int = 200

    @classmethod
    def refused(cls, error: RushesError, *, name: str, values: Mapping[str, str] = _NOTHING) -> Self:
        """Return the form as it was filled in; no password stands in `values`."""
        problems = {one.field: one.message for one in error.fields}
        summary = None if problems else error.message
        return cls(name=name, values=values, problems=problems, summary=summary, status=STATUSES[error.kind])


@asynccontextmanager
async def reading(services: Services, viewer: Viewer) -> AsyncGenerator[Visit]:
    """Open the transaction in which the page around a refused form is read."""
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        yield Visit(tx=tx, viewer=viewer)
