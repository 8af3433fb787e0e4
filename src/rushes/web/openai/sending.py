"""From a request to its jobs: which model is meant, whether it came before, what is submitted."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated

import orjson
from fastapi import Depends, Request
from pydantic import BaseModel

from rushes.actions.repeating import Idempotency, submit_once
from rushes.actions.resending import Sending, submit_sent
from rushes.actions.submit import Submission, Submitted
from rushes.db import catalogue
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobType
from rushes.domain.media import Asset
from rushes.errors import FieldProblem, InvalidFields, Missing
from rushes.web.api.submissions import IdempotencyKey
from rushes.web.services import Services

RETRY_COUNT = "x-stainless-retry-count"
"""How often a client has sent this request before: all of OpenAI's official ones say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request comes from; `began` is in seconds of the monotonic clock, `who` and `what` as sent."""

    began: float
    who: str
    what: str
    key: str | None
    is_repeat: bool


def _origin(request: Request, key: IdempotencyKey = None) -> Origin:
    count = request.headers.get(RETRY_COUNT, "0")
    return Origin(
        began=time.monotonic(),
        who=request.headers.get("authorization") or request.headers.get("cookie", ""),
        what=request.url.path,
        key=key,
        is_repeat=count.isdecimal() and int(count[:9]) > 0,
    )


Sent = Annotated[Origin, Depends(_origin)]
"""Where the request comes from, for handlers that submit."""


async def choose_type(
    database: Database, viewer: Viewer, *, model: str, wanted: Sequence[JobType]
) -> JobType:
    """Return the first of the wanted job types that a model is for.

    Raises:
        Missing: There is no such model.
        InvalidFields: It is for none of them.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        found = await catalogue.find_model(tx, name=model)
    if found is None or not found[0].enabled:
        message = f"There is no model {model!r}."
        raise Missing(message, fields=(FieldProblem(field="model", message=message),))
    meant, alias = found
    types = meant.job_types if alias is None or alias.job_type is None else {alias.job_type}
    for job_type in wanted:
        if job_type in types:
            return job_type
    message = f"The model {model!r} is for {', '.join(sorted(types))}."
    raise InvalidFields(fields=(FieldProblem(field="model", message=message),))


async def submit(
    services: Services,
    viewer: Viewer,
    submissions: Sequence[Submission],
    *,
    origin: Origin,
    body: BaseModel,
    uploads: Mapping[str, Asset],
    answered_within: timedelta = timedelta(0),
) -> tuple[list[Job], bool]:
    """Submit jobs unless this request has made some before; return those, and whether it had.

    Raises:
        InvalidFields: Something is wrong, in the words of our own API.
        InsufficientCredits: The balance does not cover the price of all.
        IdempotencyConflict: The client's key was used for another body.
        Missing: What the request with this key had made was deleted.
    """
    words = _fingerprint(origin, body, uploads)
    if origin.key is None:
        sending = Sending(
            fingerprint=words,
            began=origin.began,
            is_repeat=origin.is_repeat,
            answered_within=answered_within,
        )
        return await submit_sent(
            services.database, viewer, submissions, limits=services.limits, sending=sending
        )
    answered = await submit_once(
        services.database,
        viewer,
        submissions,
        limits=services.limits,
        idempotency_key=Idempotency(key=origin.key, fingerprint=words),
        write_answer=_write_nothing,
        is_batch=len(submissions) > 1,
    )
    return answered.jobs, answered.replayed


async def _write_nothing(_tx: Tx, _made: Sequence[Submitted]) -> str:
    # A repeat is answered with the job as it is then: the clients ask for that next anyhow.
    return "null"


def _fingerprint(origin: Origin, body: BaseModel, uploads: Mapping[str, Asset]) -> bytes:
    """Return the SHA-256 of what was said by whom; a file counts by its content."""
    said = body.model_dump(mode="json", exclude_unset=True)
    said |= {name: asset.sha256 for name, asset in uploads.items()}
    # A repeat by another key of the same account is a request of another program.
    words = [origin.who, origin.what, origin.key, said]
    return sha256(orjson.dumps(words, option=orjson.OPT_SORT_KEYS)).digest()
