"""Every call against a real server."""

import asyncio
import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rushes.client import AsyncRushes, Conflict, InsufficientCredits, Invalid, Missing, NotSignedIn, Rushes
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobStatus, JobType
from rushes.domain.media import AssetRole
from rushes.domain.options import BaseOptions, Resolution
from tests.factories import (
    claim_one,
    complete,
    make_asset,
    make_job,
    make_output,
    make_viewer,
    retry_or_fail,
)


async def inputs_of(owner: Database, viewer: Viewer) -> dict[str, str]:
    """Ids of a picture and a film, by role."""
    roles = (AssetRole.REFERENCE, AssetRole.MOTION)
    return {role.value: str(await make_asset(owner, viewer, role=role)) for role in roles}


def calls_of(client: type) -> dict[str, list[inspect.Parameter]]:
    """The calls that a client offers, with what they take."""
    return {
        name: list(inspect.signature(member).parameters.values())[1:]
        for name, member in inspect.getmembers(client, callable)
        if not name.startswith("_")
    }


def test_both_clients_offer_the_same_calls() -> None:
    assert calls_of(Rushes) == calls_of(AsyncRushes)
    assert {"submit", "wait", "events", "download", "upload", "jobs"} <= calls_of(Rushes).keys()


@pytest.mark.parametrize("client", [Rushes, AsyncRushes])
def test_every_call_says_what_it_does(client: type) -> None:
    assert [name for name in calls_of(client) if not getattr(client, name).__doc__] == []


async def test_who_is_signed_in_is_told(rushes: AsyncRushes, ada: Viewer) -> None:
    assert (await rushes.me()).id == ada.user_id


async def test_stranger_is_not_let_in(address: str) -> None:
    async with AsyncRushes(address, api_key="rsk_nobody", trust_env=False) as stranger:
        with pytest.raises(NotSignedIn) as caught:
            await stranger.me()

    assert (caught.value.code, caught.value.status) == ("unauthenticated", 401)
    assert caught.value.request_id


async def test_account_can_be_made_used_and_left(address: str) -> None:
    who: dict[str, Any] = {"email": "ada@example.org", "password": "correct horse battery"}
    async with AsyncRushes(address, api_key="", trust_env=False) as nobody:
        user = await nobody.register(**who)
        session = await nobody.login(**who)
        with pytest.raises(Conflict):
            await nobody.register(**who)
        with pytest.raises(NotSignedIn):
            await nobody.login(email=who["email"], password="another one")
    async with AsyncRushes(address, api_key=session.token, trust_env=False) as rushes:
        assert (await rushes.me()).id == user.id == session.user.id
        await rushes.logout()
        with pytest.raises(NotSignedIn):
            await rushes.me()


async def test_api_key_works_until_it_is_revoked(rushes: AsyncRushes, address: str) -> None:
    made = await rushes.create_api_key("ci", expires_at=datetime.now(UTC) + timedelta(days=1))

    async with AsyncRushes(address, api_key=made.key, trust_env=False) as other:
        await other.me()
        assert [key.name for key in await rushes.api_keys()] == ["ci", "test"]
        await rushes.revoke_api_key(made)
        with pytest.raises(NotSignedIn):
            await other.me()


async def test_models_say_what_they_make(rushes: AsyncRushes) -> None:
    found = {model.slug: model for model in await rushes.models()}

    assert JobType.BASE in found["motion"].job_types
    assert found["motion"].credits_per_second["480p"] > 0


async def test_submitted_job_can_be_looked_at(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    options = BaseOptions(resolution=Resolution.P720)

    job = await rushes.submit("base", inputs=await inputs_of(owner, ada), options=options, prompt="a fox")

    found = await rushes.job(job)
    assert (found.id, found.status, found.prompt) == (job.id, JobStatus.QUEUED, "a fox")
    assert found.options["resolution"] == "720p"
    assert [entry.amount for entry in found.receipt] == [-job.price]


async def test_own_key_makes_a_repeated_call_the_same_job(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    inputs = await inputs_of(owner, ada)

    first = await rushes.submit("base", inputs=inputs, idempotency_key="order-17")
    again = await rushes.submit("base", inputs=inputs, idempotency_key="order-17")

    assert first.id == again.id
    with pytest.raises(Conflict):
        await rushes.submit("base", inputs=inputs, prompt="other", idempotency_key="order-17")


async def test_every_wrong_field_is_named(rushes: AsyncRushes) -> None:
    with pytest.raises(Invalid) as caught:
        await rushes.submit("base", inputs={}, priority=11, options={"resolution": "8k"})

    wrong = {error.field for error in caught.value.errors}
    assert {"base.priority", "priority"} & wrong
    assert any("resolution" in field for field in wrong)


async def test_job_that_cannot_be_paid_says_what_is_missing(
    address: str, owner: Database, web: Database
) -> None:
    from rushes.actions.accounts import create_api_key

    poor = await make_viewer(owner, credits_=1)
    _, key = await create_api_key(web, poor, name="test", expires_at=None)
    async with AsyncRushes(address, api_key=key, trust_env=False) as rushes:
        with pytest.raises(InsufficientCredits) as caught:
            await rushes.submit("base", inputs=await inputs_of(owner, poor))

    assert caught.value.credits is not None
    assert caught.value.credits["available"] == 1 < caught.value.credits["needed"]


async def test_quote_charges_nothing(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    before = (await rushes.me()).credits

    quote = await rushes.quote([{"job_type": "base", "inputs": await inputs_of(owner, ada)}])

    assert quote.is_affordable
    assert quote.total == quote.jobs[0].price
    assert (await rushes.me()).credits == quote.credits == before


async def test_batch_is_one_group(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    inputs = await inputs_of(owner, ada)

    batch = await rushes.submit_batch(
        [{"job_type": "base", "inputs": inputs, "prompt": prompt} for prompt in ("one", "two")]
    )

    assert [job.prompt for job in batch.jobs] == ["one", "two"]
    found = [job.id async for job in rushes.jobs(group=batch.group_id)]
    assert found == [job.id for job in reversed(batch.jobs)]


async def test_jobs_come_page_by_page(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    made = [(await make_job(owner, ada)).id for _ in range(3)]

    first = await rushes.job_page(limit=2)
    second = await rushes.job_page(limit=2, cursor=first.next_cursor)

    assert [job.id for job in [*first.jobs, *second.jobs]] == made[::-1]
    assert second.next_cursor is None
    assert sum(first.counts.values()) == 3


async def test_jobs_can_be_looked_for(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    job = await make_job(owner, ada, prompt="a red fox")
    await make_job(owner, ada)

    found = [
        one.id
        async for one in rushes.jobs(
            status=[JobStatus.QUEUED, JobStatus.PENDING],
            job_type=JobType.BASE,
            model="motion",
            query="fox",
            since=job.created_at,
            until=job.created_at + timedelta(seconds=1),
        )
    ]

    assert found == [job.id]
    assert [one async for one in rushes.jobs(status="completed")] == []


async def test_job_can_be_cancelled_once(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    job = await make_job(owner, ada)

    cancelled = await rushes.cancel(job.id)

    assert cancelled.status is JobStatus.CANCELLED
    with pytest.raises(Conflict):
        await rushes.cancel(cancelled)


async def test_failed_job_can_be_asked_for_again(
    rushes: AsyncRushes, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    attempt = await claim_one(work)
    await retry_or_fail(
        work, attempt, error_code="engine_failed", error_message="No.", retryable=False, log=""
    )

    again = await rushes.retry(job.id)

    assert not again.is_final
    assert [one.error_code for one in (await rushes.job(again)).attempt_history] == ["engine_failed"]


async def test_ended_job_can_be_kept_and_deleted(
    rushes: AsyncRushes, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")

    kept = await rushes.change(job.id, starred=True, rating=5)

    assert (kept.starred, kept.rating) == (True, 5)
    assert [one.id async for one in rushes.jobs(starred=True)] == [job.id]
    await rushes.delete(job.id)
    with pytest.raises(Missing):
        await rushes.job(job.id)


async def test_many_jobs_are_cancelled_by_ids_or_filter(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    jobs = [await make_job(owner, ada) for _ in range(3)]

    by_ids = await rushes.bulk("cancel", [jobs[0].id, jobs[1].id])
    by_filter = await rushes.bulk("cancel", status="active", model="motion")
    again = await rushes.bulk("cancel", [jobs[0].id])

    assert set(by_ids.done_ids) == {jobs[0].id, jobs[1].id}
    assert by_filter.done_ids == [jobs[2].id]
    assert (again.done, [one.code for one in again.reasons]) == (0, ["illegal_transition"])


async def test_what_jobs_made_is_in_the_library(
    rushes: AsyncRushes, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada, prompt="a fox")
    await complete(work, await claim_one(work), make_output(seconds=2.0), log="")

    (video,) = [one async for one in rushes.videos(query="fox")]

    assert (video.job_id, video.duration) == (job.id, 2.0)
    assert (await rushes.video(video.id)).id == video.id
    assert [one async for one in rushes.images()] == []
    await rushes.delete_video(video.id)
    assert [one async for one in rushes.videos()] == []


async def test_ledger_tells_every_change_of_the_balance(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)

    entries = [entry async for entry in rushes.ledger()]

    assert [entry.kind for entry in entries] == ["hold", "grant"]
    assert entries[0].balance_after == (await rushes.me()).credits
    assert entries[0].job_id == job.id


async def test_completed_job_has_an_output_and_thumbnails(
    rushes: AsyncRushes, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    with pytest.raises(Conflict):
        await rushes.output(job.id)
    await complete(work, await claim_one(work), make_output(), log="")

    assert (await rushes.output(job.id)).media_type == "video/mp4"
    assert (await rushes.thumbnails(job.id)).output is not None
    assert (await rushes.job(job.id)).output is not None


async def test_webhook_lives_from_its_making_to_its_end(rushes: AsyncRushes) -> None:
    made = await rushes.create_webhook("https://example.org/hooks", events=["job.completed"])

    changed = await rushes.change_webhook(made, description="mine", enabled=False)
    secret = await rushes.rotate_webhook_secret(made)

    assert made.secret is not None
    assert secret.startswith("whsec_")
    assert secret != made.secret
    assert (changed.description, changed.enabled) == ("mine", False)
    assert [one.id for one in await rushes.webhooks()] == [made.id]
    with pytest.raises(Conflict):
        await rushes.test_webhook(made)
    await rushes.delete_webhook(made)
    assert await rushes.webhooks() == []


async def test_delivery_can_be_looked_at_and_sent_again(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    hook = await rushes.create_webhook("https://example.org/hooks", events=["job.cancelled"])
    await rushes.cancel((await make_job(owner, ada)).id)

    (delivery,) = [one async for one in rushes.deliveries(hook)]

    assert (delivery.type, delivery.status) == ("job.cancelled", "pending")
    with pytest.raises(Conflict):
        await rushes.redeliver(delivery)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE webhook_deliveries SET status = 'failed'")
    assert (await rushes.redeliver(delivery)).status == "pending"


async def test_absent_and_somebody_elses_are_the_same(rushes: AsyncRushes, owner: Database) -> None:
    theirs = await make_job(owner, await make_viewer(owner))

    with pytest.raises(Missing):
        await rushes.job(theirs.id)


async def test_what_is_no_id_is_not_even_asked_for(rushes: AsyncRushes) -> None:
    with pytest.raises(ValueError, match="UUID"):
        await rushes.job("../me")


async def test_blocking_client_does_the_same(blocking: Rushes, owner: Database, ada: Viewer) -> None:
    inputs = await inputs_of(owner, ada)

    def use() -> list[Any]:
        job = blocking.submit("base", inputs=inputs)
        listed = [one.id == job.id for one in blocking.jobs(status="active")]
        followed = next(event.name for event in blocking.events(job))
        blocking.cancel(job)
        return [listed, followed, blocking.wait(job).status]

    assert await asyncio.to_thread(use) == [[True], "snapshot", JobStatus.CANCELLED]
