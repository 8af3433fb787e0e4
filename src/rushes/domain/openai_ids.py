"""What OpenAI's clients and receivers know a job by: `video_` and the digits of its id."""

import re
from uuid import UUID

from rushes.domain.ids import JobId
from rushes.errors import Missing

_PREFIX = "video_"
_FORM = re.compile(
    rf"(?:{_PREFIX})?([0-9a-f]{{8}}-?[0-9a-f]{{4}}-?[0-9a-f]{{4}}-?[0-9a-f]{{4}}-?[0-9a-f]{{12}})",
    re.ASCII | re.IGNORECASE,
)


def video_id(job_id: JobId) -> str:
    """Return what a job is called in the words of OpenAI."""
    return f"{_PREFIX}{job_id.hex}"


def read_video_id(text: str) -> UUID:
    """Return the id of the job that is meant; it may be called as in our own API as well.

    Raises:
        Missing: No job is called so.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise Missing("There is no such video.")
    return UUID(found[1])
