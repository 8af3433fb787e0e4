"""A new job from a form that works without a script, and what it would cost."""

import re
from collections.abc import Sequence
from dataclasses import replace

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.actions.repeating import submit_once
from rushes.actions.submit import Submitted, quote
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job
from rushes.errors import InsufficientCredits, Invalid, InvalidFields, RushesError
from rushes.web.credentials import Credential, enter
from rushes.web.deps import Fanout, Proof, SignedIn, Visit, Wired, limited
from rushes.web.errors import STATUSES
from rushes.web.limiting import Rate
from rushes.web.pages.create.asking import count_of, idempotency_of, read_fields, submissions_of
from rushes.web.pages.create.form import Filled, render_form, shown_fields
from rushes.web.pages.create.prefill import read_parent
from rushes.web.pages.create.quote import ShownQuote
from rushes.web.pages.create.received import (
    Received,
    adopt_outputs,
    await_verdicts,
    discard_uploads,
    read_texts,
    receive,
)
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.rendering import render
from rushes.web.services import Services

router = APIRouter(prefix="/create", include_in_schema=False)

_OF_BATCH = re.compile(r"jobs\.\d+\.")
"""What stands before a field of one of several jobs; they are the same but for their seeds."""


@router.post("", dependencies=[limited(Rate.SUBMITS)])
async def create(
    request: Request, services: Wired, live: Fanout, viewer: SignedIn, credential: Proof
) -> Response:
    """Store the files that came along and submit the jobs; show the list, or stay if a script asks."""
    received = Received()
    try:
        await receive(request, services, viewer, received)
        await adopt_outputs(services, viewer, received)
        await await_verdicts(services, live, received)
        made = await _submit(services, viewer, received)
    except (Invalid, InsufficientCredits) as error:
        return await _again(request, services, credential, received, error=error)
    except BaseException:
        await discard_uploads(services, viewer, received)
        raise
    if "stays" in received.values:
        return await _again(request, services, credential, received, made=made)
    return redirect("/jobs", Notice.SUBMITTED, count=len(made))


@router.post("/quote", dependencies=[limited(Rate.SUBMITS)])
async def price(request: Request, services: Wired, viewer: SignedIn) -> Response:
    """Say what the form as it stands would cost, and how long it would take."""
    received = await read_texts(request, services, viewer)
    # A price does not depend on words.
    received.values["prompt"] = received.values.get("prompt") or "-"
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        fields = await read_fields(tx, received)
    try:
        asked = submissions_of(received, fields)
    except InvalidFields as error:
        return render(request, "_partials/quote.html", quote=ShownQuote.of_problems(error.fields))
    quoted = await quote(services.database, viewer, asked, limits=services.limits)
    return render(request, "_partials/quote.html", quote=ShownQuote.of(quoted))


async def _submit(services: Services, viewer: Viewer, received: Received) -> list[Job]:
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        fields = await read_fields(tx, received)
    answered = await submit_once(
        services.database,
        viewer,
        submissions_of(received, fields),
        limits=services.limits,
        idempotency_key=idempotency_of(received),
        write_answer=_write_answer,
        is_batch=count_of(received) > 1,
    )
    if answered.replayed:
        await discard_uploads(services, viewer, received)
    return answered.jobs


async def _write_answer(_tx: Tx, made: Sequence[Submitted]) -> str:
    return orjson.dumps([str(one.job.id) for one in made]).decode()


async def _again(
    request: Request,
    services: Services,
    credential: Credential,
    received: Received,
    *,
    error: RushesError | None = None,
    made: Sequence[Job] = (),
) -> Response:
    """Show the form as it was filled in, with what is wrong or what it led to; its files stay chosen."""
    status = 201 if error is None else STATUSES[error.kind]
    async with services.database.transaction() as tx:
        visit = Visit(tx=tx, viewer=await enter(tx, credential))
        fields = await read_fields(tx, received)
        filled = _filled(received, error, shown_fields(received.job_type, fields))
        filled = replace(filled, parent=await read_parent(visit, received.values.get("parent_job_id")))
        return await render_form(request, visit, services, filled, status=status, made=made)


def _filled(received: Received, error: RushesError | None, shown: set[str]) -> Filled:
    problems: dict[str, str] = {}
    elsewhere: list[str] = []
    for one in () if error is None else error.fields:
        name = _OF_BATCH.sub("", one.field, count=1)
        if name in shown:
            problems.setdefault(name, one.message)
        else:
            elsewhere.append(one.message)
    summary = " ".join(dict.fromkeys(elsewhere))
    if error is not None and not problems:
        summary = summary or error.message
    return Filled(
        job_type=received.job_type,
        values=received.values,
        assets=received.assets,
        problems=problems,
        summary=summary or None,
    )
