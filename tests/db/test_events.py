"""Reading the events of many accounts at once, and which credentials still hold."""

from uuid import uuid4

import asyncpg
import pytest

from rushes.db import events
from rushes.db.pool import Database
from rushes.domain.ids import SessionId
from rushes.domain.jobs import JobStatus
from tests.factories import fetch_value, make_bare_job, make_viewer

EVENT = "INSERT INTO job_events (job_id, user_id, type) VALUES ($1, $2, 'test')"
PROGRESS = """
    INSERT INTO job_progress (job_id, lease, progress, progress_text)
    SELECT id, lease, 40, 'Warping' FROM jobs WHERE id = $1
    RETURNING job_id
"""


async def test_news_are_those_of_the_named_accounts_alone(owner: Database, web: Database) -> None:
    ann, bob = await make_viewer(owner), await make_viewer(owner)
    async with web.autocommit() as tx:
        before = await events.read_position(tx)
    job_id = await make_bare_job(owner, ann, JobStatus.PENDING)
    await make_bare_job(owner, bob, JobStatus.PENDING)

    async with web.autocommit() as tx:
        news = await events.read_news(tx, seen={ann.user_id: before.seen}, job_ids=None)

    assert [(event.job_id, event.type) for event in news.events.pop(ann.user_id)] == [(job_id, "job.pending")]
    assert news.events == {}


async def test_progress_of_a_job_is_its_owners_alone(owner: Database, web: Database) -> None:
    ann, bob = await make_viewer(owner), await make_viewer(owner)
    job_id = await make_bare_job(owner, ann, JobStatus.PROCESSING)
    await fetch_value(owner, PROGRESS, job_id)

    async with web.autocommit() as tx:
        seen = (await events.read_position(tx)).seen
        hers = await events.read_news(tx, seen={ann.user_id: seen}, job_ids=[job_id])
        his = await events.read_news(tx, seen={bob.user_id: seen}, job_ids=[job_id])
        all_hers = await events.read_news(tx, seen={ann.user_id: seen}, job_ids=None)

    assert [(one.job_id, one.percent) for one in hers.progress[ann.user_id]] == [(job_id, 40)]
    assert all_hers.progress == hers.progress
    assert his.progress == {}


async def test_each_event_is_news_once_whatever_commits_first(owner: Database, web: Database) -> None:
    ann = await make_viewer(owner)
    job_id = await make_bare_job(owner, ann, JobStatus.PENDING)
    async with web.autocommit() as tx:
        start = await events.read_position(tx)
        async with owner.transaction() as late:
            await late.execute(EVENT, job_id, ann.user_id)
            async with owner.transaction() as early:
                await early.execute(EVENT, job_id, ann.user_id)
            first = await events.read_news(tx, seen={ann.user_id: start.seen}, job_ids=[])
        second = await events.read_news(tx, seen={ann.user_id: first.position.seen}, job_ids=[])
        third = await events.read_news(tx, seen={ann.user_id: second.position.seen}, job_ids=[])

    (early_event,), (late_event,) = first.events[ann.user_id], second.events[ann.user_id]
    assert early_event.id > late_event.id
    assert third.events == {}


async def test_history_is_pruned_only_once_its_beginning_is_gone(owner: Database, web: Database) -> None:
    ann = await make_viewer(owner)
    job_id = await make_bare_job(owner, ann, JobStatus.PENDING)
    first_id = await fetch_value(owner, "SELECT id FROM job_events WHERE job_id = $1", job_id)
    later_id = await fetch_value(owner, f"{EVENT} RETURNING id", job_id, ann.user_id)

    async with web.transaction(viewer=ann.user_id) as tx:
        before = await events.was_pruned_after(tx, job_id=job_id, user_id=ann.user_id, event_id=first_id - 1)
    await fetch_value(owner, "DELETE FROM job_events WHERE id = $1 RETURNING true", first_id)
    async with web.transaction(viewer=ann.user_id) as tx:
        after = await events.was_pruned_after(tx, job_id=job_id, user_id=ann.user_id, event_id=first_id)
        known = await events.was_pruned_after(tx, job_id=job_id, user_id=ann.user_id, event_id=later_id)

    assert (before, after, known) == (False, True, False)


async def test_unknown_credentials_are_not_live(web: Database) -> None:
    async with web.autocommit() as tx:
        found = await events.list_live_credentials(tx, session_ids=[SessionId(uuid4())], keys=[b"x" * 32])

    assert found == (set(), set())


@pytest.mark.parametrize("call", ["read_job_events('{}', '{}', '{}')", "live_credentials('{}', '{}')"])
async def test_worker_cannot_ask_for_what_streams_need(work: Database, call: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with work.transaction() as tx:
            await tx.fetch(f"SELECT * FROM {call}")
