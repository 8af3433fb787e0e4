"""Pages of long lists: what they are asked for with, and the addresses of the next ones."""

from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rushes.web.api.wording import Text


def none_if_empty(value: object) -> object:
    """Return `None` for an empty field, which a form sends all the same."""
    return value or None


Words = Annotated[Text | None, Field(max_length=254), BeforeValidator(none_if_empty)]
Mark = Annotated[str | None, Field(max_length=200)]


class ListQuery(BaseModel):
    """What a page of a list is asked for with; `cursor` is where it begins."""

    model_config = ConfigDict(frozen=True)

    cursor: Mark = None

    @property
    def conditions(self) -> dict[str, Any]:
        """What is asked for, but for where the page begins."""
        return self.model_dump(mode="json", exclude={"cursor"}, exclude_none=True)

    def next_page(self, path: str, cursor: str | None) -> str | None:
        """Return the address of the page that begins at a mark, if there is one."""
        return cursor and f"{path}?{urlencode(self.conditions | {'cursor': cursor})}"
