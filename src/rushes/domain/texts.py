"""Text from outside, as far as the database can keep it."""

from typing import Annotated

from pydantic import AfterValidator


def require_text(value: str) -> str:
    """Return a text that PostgreSQL and JSON can hold.

    Raises:
        ValueError: It has a NUL character or a lone surrogate.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a character is missing (a lone surrogate)") from None
    if "\0" in value:
        raise ValueError("a NUL character is not allowed")
    return value


Text = Annotated[str, AfterValidator(require_text)]
