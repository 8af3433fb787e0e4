from dataclasses import replace
from uuid import uuid4

import pytest

from rushes.actions.cancel import cancel
from rushes.actions.submit import Submission, quote, submit_batch
from rushes.db import media
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.endings import Output
from rushes.domain.jobs import CancelReason, Job, JobStatus, JobType
from rushes.domain.media import REQUIRED_INPUTS, AssetRole, MediaLimits
from rushes.domain.options import SubtitlesOptions
from rushes.errors import InsufficientCredits, InvalidFields
from tests.factories import (
    claim,
    claim_one,
    complete,
    fetch_value,
    make_asset,
    make_job,
    make_output,
    make_post_model,
    make_viewer,
    read_balance,
    read_job,
    read_ledger,
    retry_or_fail,
    submission,
)

S = JobStatus
LIMITS = MediaLimits()


async def chain(owner: Database, viewer: Viewer) -> list[Submission]:
    """A base job of two seconds, an upscale of its output, and subtitles on that."""
    model = await make_post_model(owner)
    inputs = {role: await make_asset(owner, viewer, role=role) for role in REQUIRED_INPUTS[JobType.BASE]}
    return [
        submission(inputs=inputs),
        submission(job_type=JobType.UPSCALE, model=model, after=0),
        submission(
            job_type=JobType.SUBTITLES, model=model, after=1, options=SubtitlesOptions(script="Hello.")
        ),
    ]


async def submit_chain(owner: Database, web: Database, viewer: Viewer) -> list[Job]:
    return await submit_batch(web, viewer, await chain(owner, viewer), limits=LIMITS)


async def statuses(owner: Database, jobs: list[Job]) -> list[JobStatus]:
    return [(await read_job(owner, job.id)).status for job in jobs]


async def complete_next(work: Database) -> Output:
    output = make_output()
    await complete(work, await claim_one(work), output, log="")
    return output


async def test_chain_waits_for_each_parent_in_turn(owner: Database, web: Database, work: Database) -> None:
    jobs = await submit_chain(owner, web, await make_viewer(owner))
    seen = [await statuses(owner, jobs)]

    for _ in jobs:
        await complete_next(work)
        seen.append(await statuses(owner, jobs))

    assert seen == [
        [S.QUEUED, S.PENDING, S.PENDING],
        [S.COMPLETED, S.QUEUED, S.PENDING],
        [S.COMPLETED, S.COMPLETED, S.QUEUED],
        [S.COMPLETED, S.COMPLETED, S.COMPLETED],
    ]


async def test_chain_is_one_group_with_its_parents_named(owner: Database, web: Database) -> None:
    base, upscale, subtitles = await submit_chain(owner, web, await make_viewer(owner))

    assert base.group_id is not None
    assert {upscale.group_id, subtitles.group_id} == {base.group_id}
    assert (base.parent_job_id, upscale.parent_job_id, subtitles.parent_job_id) == (None, base.id, upscale.id)


async def test_child_gets_the_output_of_its_parent(owner: Database, web: Database, work: Database) -> None:
    _, upscale, _ = await submit_chain(owner, web, await make_viewer(owner))

    made = await complete_next(work)

    async with work.transaction() as tx:
        inputs = await media.list_inputs(tx, job_ids=[upscale.id])
    assert {role: asset.id for role, asset in inputs[upscale.id].items()} == {
        AssetRole.OUTPUT: made.files[AssetRole.OUTPUT].asset_id
    }


async def test_chain_is_quoted_and_held_as_one(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    submissions = await chain(owner, viewer)

    quoted = await quote(web, viewer, submissions, limits=LIMITS)
    jobs = await submit_batch(web, viewer, submissions, limits=LIMITS)

    assert quoted.prices == tuple(job.price for job in jobs) == (10, 10, 10)
    assert (quoted.total, quoted.credits, quoted.problems) == (30, 1000, ())
    assert await read_ledger(owner, viewer) == [("hold", -10)] * 3
    assert await read_balance(owner, viewer) == 970


async def test_chain_that_cannot_be_paid_as_a_whole_is_not_begun(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=39)
    first = await make_asset(owner, viewer)
    await make_job(web, viewer, inputs={AssetRole.MOTION: first})

    with pytest.raises(InsufficientCredits) as refused:
        await submit_chain(owner, web, viewer)

    assert (refused.value.needed, refused.value.available, refused.value.held) == (30, 29, 10)
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 1


async def test_every_wrong_field_of_a_chain_is_named(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    base, upscale, subtitles = await chain(owner, viewer)
    wrong = [
        replace(base, inputs={}),
        replace(upscale, priority=1),
        replace(subtitles, after=2),
        replace(subtitles, after=None),
        replace(base, after=0),
        replace(upscale, after=None, parent_job_id=uuid4()),
    ]

    with pytest.raises(InvalidFields) as refused:
        await submit_batch(web, viewer, wrong, limits=LIMITS)

    assert {problem.field for problem in refused.value.fields} == {
        "jobs.0.inputs.motion",
        "jobs.0.inputs.reference",
        "jobs.1.priority",
        "jobs.2.after",
        "jobs.3.parent_job_id",
        "jobs.4.parent_job_id",
        "jobs.5.parent_job_id",
    }


async def test_failure_cancels_all_that_waits_for_it(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    jobs = await submit_chain(owner, web, viewer)
    attempt = await claim_one(work)

    await retry_or_fail(work, attempt, error_code="test", error_message="no", retryable=False, log="")

    assert await statuses(owner, jobs) == [S.FAILED, S.CANCELLED, S.CANCELLED]
    assert (await read_job(owner, jobs[2].id)).cancelled_reason is CancelReason.PARENT_FAILED
    assert await read_balance(owner, viewer) == 1000


async def test_cancelled_parent_takes_its_children_with_it(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    jobs = await submit_chain(owner, web, viewer)

    await cancel(web, viewer, job_id=jobs[0].id)

    reasons = [(await read_job(owner, job.id)).cancelled_reason for job in jobs]
    assert reasons == [CancelReason.USER, CancelReason.PARENT_FAILED, CancelReason.PARENT_FAILED]
    assert await read_ledger(owner, viewer) == [("hold", -10)] * 3 + [("release", 10)] * 3


async def test_cancelled_child_spares_its_parent(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    jobs = await submit_chain(owner, web, viewer)

    await cancel(web, viewer, job_id=jobs[1].id)

    assert await statuses(owner, jobs) == [S.QUEUED, S.CANCELLED, S.CANCELLED]


async def test_child_of_a_completed_job_begins_at_once(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    parent = await make_job(web, viewer)
    await complete_next(work)
    model = await make_post_model(owner)
    wanted = submission(job_type=JobType.EXTEND, model=model, parent_job_id=parent.id)

    (child,) = await submit_batch(web, viewer, [wanted], limits=LIMITS)

    assert (child.status, child.awaits_parent) == (S.QUEUED, False)


@pytest.mark.parametrize(
    ("whose", "message"), [("another's", "There is no such job."), ("one's own", "The job is cancelled.")]
)
async def test_parent_must_be_ones_own_and_not_have_failed(
    owner: Database, web: Database, whose: str, message: str
) -> None:
    viewer = await make_viewer(owner)
    other = viewer if whose == "one's own" else await make_viewer(owner)
    parent = await make_job(web, other)
    await cancel(web, other, job_id=parent.id)
    wanted = submission(job_type=JobType.EXTEND, model=await make_post_model(owner), parent_job_id=parent.id)

    with pytest.raises(InvalidFields, match="fields") as refused:
        await submit_batch(web, viewer, [wanted], limits=LIMITS)

    assert [(problem.field, problem.message) for problem in refused.value.fields] == [
        ("jobs.0.parent_job_id", message)
    ]


async def test_waiting_children_do_not_stand_in_the_way_of_others(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, slots=2)
    await submit_chain(owner, web, viewer)

    other = await make_job(web, viewer)

    assert other.status is S.QUEUED


@pytest.mark.parametrize("count", [0, 21])
async def test_batch_has_one_to_twenty_jobs(owner: Database, web: Database, count: int) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(InvalidFields) as refused:
        await submit_batch(web, viewer, [submission()] * count, limits=LIMITS)

    assert [problem.field for problem in refused.value.fields] == ["jobs"]


async def test_claims_never_take_a_waiting_child(owner: Database, web: Database, work: Database) -> None:
    await submit_chain(owner, web, await make_viewer(owner))

    assert len(await claim(work, count=10)) == 1
