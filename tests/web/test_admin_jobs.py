"""Jobs of all accounts, and the review of what they made."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Job
from tests.factories import claim_one, complete, make_output, read_balance, read_job, retry_or_fail
from tests.web.admins import make_admin, read_audit
from tests.web.people import API, Person, make_queued_job, wrong_fields


@pytest.fixture
async def admin(owner: Database, client: httpx.AsyncClient) -> Person:
    return await make_admin(owner, client)


async def make_completed_job(owner: Database, work: Database, person: Person) -> Job:
    await make_queued_job(owner, person)
    return await complete(work, await claim_one(work), make_output(), log="")


async def make_failed_job(owner: Database, work: Database, person: Person, *, log: str = "") -> Job:
    job = await make_queued_job(owner, person)
    attempt = await claim_one(work)
    await retry_or_fail(
        work, attempt, error_code="engine_failed", error_message="no", retryable=False, log=log
    )
    return job


async def ids(admin: Person, **filters: Any) -> list[str]:
    """The jobs that a list names."""
    return [job["id"] for job in (await admin.get("/admin/jobs", **filters)).json()["jobs"]]


async def test_the_list_has_the_jobs_of_all_newest_first(
    owner: Database, admin: Person, ada: Person, bob: Person
) -> None:
    first, second = await make_queued_job(owner, ada), await make_queued_job(owner, bob)

    jobs = (await admin.get("/admin/jobs")).json()["jobs"]

    assert [job["id"] for job in jobs] == [str(second.id), str(first.id)]
    assert jobs[0]["email"] == f"{bob.viewer.user_id}@example.org"


async def test_pages_follow_each_other(owner: Database, admin: Person, ada: Person) -> None:
    made = [str((await make_queued_job(owner, ada)).id) for _ in range(2)]

    first = (await admin.get("/admin/jobs", limit=1)).json()
    second = (await admin.get("/admin/jobs", limit=1, cursor=first["next_cursor"])).json()

    assert [page["jobs"][0]["id"] for page in (first, second)] == made[::-1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "queued"}, True),
        ({"status": "active"}, True),
        ({"status": "completed"}, False),
        ({"type": "base"}, True),
        ({"type": "image"}, False),
        ({"type": "base", "status": "failed"}, False),
        ({"lane": "cpu"}, True),
        ({"lane": "gpu"}, False),
        ({"model": "motion"}, True),
        ({"model": "other"}, False),
        ({"from": "2020-01-01T00:00:00Z"}, True),
        ({"from": "2100-01-01T00:00:00Z"}, False),
        ({"to": "2020-01-01T00:00:00Z"}, False),
        ({"user": str(UUID(int=1))}, False),
    ],
)
async def test_the_list_is_filtered(
    owner: Database, admin: Person, ada: Person, filters: dict[str, str], *, found: bool
) -> None:
    job = await make_queued_job(owner, ada)

    assert await ids(admin, **filters) == ([str(job.id)] if found else [])


async def test_the_list_of_an_account_has_what_its_owner_deleted(
    owner: Database, admin: Person, ada: Person, bob: Person
) -> None:
    kept, deleted = await make_queued_job(owner, ada), await make_queued_job(owner, ada)
    await make_queued_job(owner, bob)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE jobs SET deleted_at = now() WHERE id = $1", deleted.id)

    found = await ids(admin, user=str(ada.viewer.user_id))

    assert found == [str(deleted.id), str(kept.id)]


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"limit": 0}, "limit"),
        ({"from": "soon"}, "from"),
        ({"user": "me"}, "user"),
    ],
)
async def test_a_wrong_filter_is_named(admin: Person, filters: dict[str, Any], field: str) -> None:
    answer = await admin.get("/admin/jobs", **filters)

    assert answer.status_code == 422
    assert wrong_fields(answer) == [field]


async def test_a_job_has_its_attempts_and_receipts(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_failed_job(owner, work, ada, log="x" * 5000)

    details = (await admin.get(f"/admin/jobs/{job.id}")).json()

    (tried,) = details["attempts"]
    assert (tried["number"], tried["outcome"], tried["worker_name"]) == (1, "failed", "test")
    assert tried["log_tail"] == "x" * 4000
    assert [line["kind"] for line in details["ledger"]] == ["hold", "release"]
    assert details["job"]["status"] == "failed"


async def test_an_unknown_job_is_missing(admin: Person) -> None:
    assert (await admin.get(f"/admin/jobs/{uuid4()}")).status_code == 404


async def test_anybodys_waiting_job_is_cancelled_and_paid_back(
    owner: Database, admin: Person, ada: Person
) -> None:
    before = await read_balance(owner, ada.viewer)
    job = await make_queued_job(owner, ada)

    answer = await admin.post(f"/admin/jobs/{job.id}/cancel")

    assert (answer.status_code, answer.json()["cancelled_reason"]) == (200, "admin")
    assert await read_balance(owner, ada.viewer) == before
    (entry,) = await read_audit(admin, action="job.cancelled", target=str(job.id))
    assert entry["before"]["status"] == "queued"
    assert entry["after"]["status"] == "cancelled"


async def test_a_cancelled_job_lets_its_owners_next_one_in(
    owner: Database, admin: Person, ada: Person
) -> None:
    jobs = [await make_queued_job(owner, ada) for _ in range(3)]

    await admin.post(f"/admin/jobs/{jobs[0].id}/cancel")

    assert (await read_job(owner, jobs[2].id)).status == "queued"


async def test_a_running_job_is_asked_to_stop(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_queued_job(owner, ada)
    await claim_one(work)

    answer = await admin.post(f"/admin/jobs/{job.id}/cancel")

    assert answer.json()["status"] == "processing"
    assert answer.json()["cancel_requested_at"] is not None


async def test_an_ended_job_cannot_be_cancelled(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_completed_job(owner, work, ada)

    answer = await admin.post(f"/admin/jobs/{job.id}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
    assert await read_audit(admin) == []


async def test_anybodys_failed_job_is_tried_again_at_its_owners_cost(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_failed_job(owner, work, ada)
    before = await read_balance(owner, ada.viewer)

    answer = await admin.post(f"/admin/jobs/{job.id}/retry")

    again = answer.json()
    assert (answer.status_code, again["status"], again["error_code"]) == (200, "queued", None)
    assert await read_balance(owner, ada.viewer) == before - again["price"]
    assert (await claim_one(work)).job.id == job.id
    (entry,) = await read_audit(admin, action="job.retried", target=str(job.id))
    assert (entry["before"]["status"], entry["after"]["status"]) == ("failed", "queued")


async def test_only_what_has_failed_is_tried_again(owner: Database, admin: Person, ada: Person) -> None:
    job = await make_queued_job(owner, ada)

    answer = await admin.post(f"/admin/jobs/{job.id}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
    assert await read_audit(admin) == []


async def test_a_failed_job_that_its_owner_cannot_pay_stays_failed(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_failed_job(owner, work, ada)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET price = jsonb_set(price, '{minimum}', '1000000')")

    answer = await admin.post(f"/admin/jobs/{job.id}/retry")

    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credits")
    assert (await read_job(owner, job.id)).status == "failed"


async def test_what_was_rejected_is_not_shown_by_its_link_until_it_is_approved(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_completed_job(owner, work, ada)
    link = (await ada.post(f"/jobs/{job.id}/share")).json()["short_id"]

    await admin.post(f"/admin/reviews/{job.id}", {"decision": "reject", "notes": "a trademark"})
    hidden = await admin.client.get(f"{API}/shares/{link}")
    shared_again = await ada.post(f"/jobs/{job.id}/share")
    told = (await ada.get(f"/jobs/{job.id}")).json()
    await admin.post(f"/admin/reviews/{job.id}", {"decision": "approve"})
    shown = await admin.client.get(f"{API}/shares/{link}")

    assert (hidden.status_code, hidden.json()["code"]) == (410, "share_revoked")
    assert (shared_again.status_code, shared_again.json()["code"]) == (409, "conflict")
    assert (told["moderation_status"], told["review_notes"]) == ("rejected", "a trademark")
    assert shown.status_code == 200


async def test_reviews_begin_with_what_was_completed(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_completed_job(owner, work, ada)
    await make_queued_job(owner, ada)

    reviews = (await admin.get("/admin/reviews")).json()["jobs"]

    assert [one["id"] for one in reviews] == [str(job.id)]
    assert (await admin.get("/admin/reviews", status="flagged")).json()["jobs"] == []


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
async def test_a_review_is_kept_and_leaves_the_queue(
    owner: Database, work: Database, admin: Person, ada: Person, decision: str, status: str
) -> None:
    job = await make_completed_job(owner, work, ada)

    answer = await admin.post(f"/admin/reviews/{job.id}", {"decision": decision, "notes": "seen"})

    kept = answer.json()
    assert (kept["moderation_status"], kept["review_notes"]) == (status, "seen")
    assert kept["reviewed_by"] == str(admin.viewer.user_id)
    assert datetime.fromisoformat(kept["reviewed_at"]) > datetime.now(UTC) - timedelta(minutes=5)
    assert (await admin.get("/admin/reviews")).json()["jobs"] == []
    (entry,) = await read_audit(admin, action="job.reviewed")
    assert entry["after"] == {"moderation_status": status, "review_notes": "seen"}


async def test_a_job_without_an_output_cannot_be_reviewed(
    owner: Database, admin: Person, ada: Person
) -> None:
    job = await make_queued_job(owner, ada)

    answer = await admin.post(f"/admin/reviews/{job.id}", {"decision": "approve"})

    assert answer.status_code == 409


async def test_a_review_needs_a_decision(admin: Person) -> None:
    answer = await admin.post(f"/admin/reviews/{uuid4()}", {"notes": "x" * 2001})

    assert wrong_fields(answer) == ["decision", "notes"]
