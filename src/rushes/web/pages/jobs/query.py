"""Which jobs a page is about, as its address says it."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rushes.db.job_search import JobFilter
from rushes.domain.jobs import JobStatus, JobType
from rushes.web.api.job_filters import statuses_of
from rushes.web.api.wording import Text


def _none_if_empty(value: object) -> object:
    # What is left empty in a form is sent all the same.
    return value or None


Status = Annotated[JobStatus | Literal["active"] | None, BeforeValidator(_none_if_empty)]
Kind = Annotated[JobType | None, BeforeValidator(_none_if_empty)]
Search = Annotated[Text | None, Field(max_length=200), BeforeValidator(_none_if_empty)]
Mark = Annotated[str | None, Field(max_length=200)]


class JobQuery(BaseModel):
    """Conditions on jobs; what is left out is none."""

    model_config = ConfigDict(frozen=True)

    status: Status = None
    type: Kind = None
    q: Search = None

    @property
    def conditions(self) -> dict[str, str]:
        """What is asked for, by the names that an address has for it."""
        asked = {"status": self.status, "type": self.type, "q": self.q}
        return {name: str(value) for name, value in asked.items() if value}

    def filter(self) -> JobFilter:
        """Return what the store takes."""
        statuses = statuses_of([self.status] if self.status else [])
        return JobFilter(statuses=statuses, job_type=self.type, text=self.q)

    def href(self, **changes: str | None) -> str:
        """Return the address of the list with some conditions changed; `None` takes one away."""
        asked = self.conditions | changes
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/jobs?{query}" if query else "/jobs"


class JobPageQuery(JobQuery):
    """A page of such jobs: the one that follows a mark, or the one that ends before it."""

    cursor: Mark = None
    before: Mark = None
