"""What administrators change on their pages, as forms do it without a script."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Job
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_output,
    make_painter,
    read_balance,
    read_job,
)
from tests.web.admins import make_admin, read_audit
from tests.web.people import Person, make_queued_job
from tests.web.test_admin_lanes import lane, start_worker


@pytest.fixture
async def admin(owner: Database, client: httpx.AsyncClient) -> Person:
    return await make_admin(owner, client)


@pytest.fixture
async def made(owner: Database, work: Database, ada: Person) -> Job:
    """A job whose output wants a review."""
    await make_queued_job(owner, ada, prompt="A fox")
    return await complete(work, await claim_one(work), make_output(), log="")


async def press(admin: Person, path: str, **form: Any) -> str:
    """Send a form that is accepted; the address that it leads to."""
    answer = await admin.press(path, **form)
    assert answer.status_code == 303, answer.text
    assert "notice=" in answer.headers["set-cookie"]
    return answer.headers["location"]


async def model(admin: Person, slug: str = "motion") -> dict[str, Any]:
    """A model as it is kept."""
    (found,) = [one for one in (await admin.get("/admin/models")).json()["models"] if one["slug"] == slug]
    return found


async def form_of_grant(admin: Person, path: str) -> str:
    """What makes the form of an account's page one of its own."""
    found = re.search(r'name="form" value="([^"]+)"', (await admin.visit(path)).text)
    assert found is not None
    return found[1]


async def test_pausing_a_lane_is_asked_about_first(owner: Database, admin: Person, ada: Person) -> None:
    await make_queued_job(owner, ada)

    page = (await admin.visit("/admin/lanes/cpu/pause")).text

    assert "1 queued job waits" in page
    assert 'action="/admin/lanes/cpu/pause"' in page
    assert (await lane(admin))["paused_at"] is None


async def test_the_owner_of_a_job_reads_that_its_lane_is_paused(
    owner: Database, admin: Person, ada: Person
) -> None:
    await make_queued_job(owner, ada)

    await press(admin, "/admin/lanes/cpu/pause")
    paused = (await ada.visit("/jobs")).text
    await press(admin, "/admin/lanes/cpu/resume")
    resumed = (await ada.visit("/jobs")).text

    assert "Paused by the operator" in paused
    assert "Paused by the operator" not in resumed


async def test_the_page_offers_to_resume_a_lane_that_is_paused(admin: Person) -> None:
    await press(admin, "/admin/lanes/cpu/pause")

    page = (await admin.visit("/admin/lanes")).text

    assert 'action="/admin/lanes/cpu/resume"' in page
    assert 'href="/admin/lanes/cpu/pause"' not in page


@pytest.mark.parametrize(("typed", "cap"), [("3", 3), ("", None)])
async def test_the_cap_of_a_lane_is_set_and_lifted(admin: Person, typed: str, cap: int | None) -> None:
    await press(admin, "/admin/lanes/cpu/cap", cap="5")

    assert await press(admin, "/admin/lanes/cpu/cap", cap=typed) == "/admin/lanes"

    assert (await lane(admin))["cap"] == cap


@pytest.mark.parametrize("typed", ["0", "many", "1000000"])
async def test_a_cap_that_cannot_be_is_refused(admin: Person, typed: str) -> None:
    answer = await admin.press("/admin/lanes/cpu/cap", cap=typed)

    assert answer.status_code == 422
    assert (await lane(admin))["cap"] is None


async def test_a_worker_is_drained_after_a_question(work: Database, admin: Person) -> None:
    worker_id = await start_worker(work)
    page = (await admin.visit("/admin/workers")).text
    assert f'href="/admin/workers/{worker_id}/drain" data-dialog="alert"' in page
    assert "Drain the worker" in (await admin.visit(f"/admin/workers/{worker_id}/drain")).text

    await press(admin, f"/admin/workers/{worker_id}/drain")

    page = (await admin.visit("/admin/workers")).text
    assert "Draining" in page
    assert f"/admin/workers/{worker_id}/drain" not in page


async def test_anybodys_job_is_cancelled_after_a_question(
    owner: Database, admin: Person, ada: Person
) -> None:
    job = await make_queued_job(owner, ada)
    assert f"{ada.viewer.user_id}@example.org" in (await admin.visit(f"/admin/jobs/{job.id}/cancel")).text

    assert await press(admin, f"/admin/jobs/{job.id}/cancel") == f"/admin/jobs/{job.id}"

    assert (await read_job(owner, job.id)).cancelled_reason == "admin"


async def test_credits_are_granted(owner: Database, admin: Person, ada: Person) -> None:
    before, path = await read_balance(owner, ada.viewer), f"/admin/users/{ada.viewer.user_id}"

    assert await press(admin, f"{path}/grant", credits="50", reason="sorry for Monday") == path

    assert await read_balance(owner, ada.viewer) == before + 50
    (entry,) = await read_audit(admin, action="user.granted")
    assert entry["after"]["reason"] == "sorry for Monday"


async def test_a_form_that_is_sent_twice_grants_once(owner: Database, admin: Person, ada: Person) -> None:
    before, path = await read_balance(owner, ada.viewer), f"/admin/users/{ada.viewer.user_id}"
    form = {"form": await form_of_grant(admin, path), "credits": "50", "reason": "sorry for Monday"}

    led = await asyncio.gather(*(press(admin, f"{path}/grant", **form) for _ in range(3)))

    assert led == [path] * 3
    assert await read_balance(owner, ada.viewer) == before + 50
    assert len(await read_audit(admin, action="user.granted")) == 1


async def test_a_form_that_was_changed_grants_again(owner: Database, admin: Person, ada: Person) -> None:
    before, path = await read_balance(owner, ada.viewer), f"/admin/users/{ada.viewer.user_id}"
    form = {"form": await form_of_grant(admin, path), "reason": "sorry"}

    await press(admin, f"{path}/grant", credits="50", **form)
    await press(admin, f"{path}/grant", credits="60", **form)

    assert await read_balance(owner, ada.viewer) == before + 110
    assert await form_of_grant(admin, path) != form["form"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"credits": "0", "reason": "sorry"}, "amount"),
        ({"credits": "1.5", "reason": "sorry"}, "amount"),
        ({"credits": "5", "reason": "  "}, "reason"),
    ],
)
async def test_a_wrong_grant_is_shown_with_what_was_typed(
    owner: Database, admin: Person, ada: Person, form: dict[str, str], field: str
) -> None:
    before = await read_balance(owner, ada.viewer)

    answer = await admin.press(f"/admin/users/{ada.viewer.user_id}/grant", **form)

    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert f'value="{form["credits"]}"' in answer.text
    assert await read_balance(owner, ada.viewer) == before


async def test_the_plan_of_an_account_is_changed(owner: Database, admin: Person, ada: Person) -> None:
    await press(admin, f"/admin/users/{ada.viewer.user_id}/plan", plan="pro")

    assert await fetch_value(owner, "SELECT plan FROM users WHERE id = $1", ada.viewer.user_id) == "pro"


async def test_a_disabled_account_is_signed_out_until_it_is_enabled(admin: Person, ada: Person) -> None:
    path = f"/admin/users/{ada.viewer.user_id}"
    assert f'action="{path}/disable"' in (await admin.visit(f"{path}/disable")).text

    await press(admin, f"{path}/disable")
    shut_out = await ada.visit("/jobs")
    offered = (await admin.visit(path)).text
    await press(admin, f"{path}/enable")

    assert shut_out.status_code == 303
    assert f'action="{path}/enable"' in offered
    assert (await ada.visit("/jobs")).status_code == 200


async def test_nobody_is_offered_to_shut_himself_out(admin: Person) -> None:
    path = f"/admin/users/{admin.viewer.user_id}"

    assert f"{path}/disable" not in (await admin.visit(path)).text
    assert (await admin.press(f"{path}/disable")).status_code == 409


async def test_a_model_is_disabled_and_enabled(owner: Database, admin: Person) -> None:
    slug = await make_painter(owner)

    await press(admin, f"/admin/models/{slug}/disable")
    disabled = await model(admin, slug)
    await press(admin, f"/admin/models/{slug}/enable")

    assert not disabled["enabled"]
    assert (await model(admin, slug))["enabled"]


async def test_the_cap_of_a_model_is_set_and_lifted(admin: Person) -> None:
    await press(admin, "/admin/models/motion/cap", cap="2")
    capped = (await model(admin))["cap"]
    await press(admin, "/admin/models/motion/cap", cap="")

    assert capped == 2
    assert (await model(admin))["cap"] is None


async def test_an_output_waits_for_a_review(admin: Person, made: Job) -> None:
    page = (await admin.visit("/admin/reviews")).text

    assert f'action="/admin/reviews/{made.id}"' in page
    assert "A fox" in page
    assert f'href="/admin/jobs/{made.id}/media/output"' in page
    assert "<video" not in page


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
async def test_a_decision_takes_an_output_out_of_the_queue(
    owner: Database, admin: Person, made: Job, decision: str, status: str
) -> None:
    to = await press(admin, f"/admin/reviews/{made.id}", decision=decision, notes="seen", was="pending")

    kept = "SELECT moderation_status || ' ' || review_notes FROM jobs WHERE id = $1"
    assert await fetch_value(owner, kept, made.id) == f"{status} seen"
    page = (await admin.visit(to)).text
    assert f'action="/admin/reviews/{made.id}"' not in page
    assert f'action="/admin/reviews/{made.id}/reopen" data-undo' in page


@pytest.mark.parametrize("was", ["pending", "flagged"])
async def test_a_decision_is_taken_back_as_it_was(
    owner: Database, admin: Person, made: Job, was: str
) -> None:
    to = await press(admin, f"/admin/reviews/{made.id}", decision="reject", notes="seen", was=was)
    assert f'name="was" value="{was}"' in (await admin.visit(to)).text

    assert await press(admin, f"/admin/reviews/{made.id}/reopen", was=was) == "/admin/reviews"

    left = "SELECT num_nonnulls(reviewed_at, reviewed_by, review_notes) FROM jobs WHERE id = $1"
    assert await fetch_value(owner, left, made.id) == 0
    assert await fetch_value(owner, "SELECT moderation_status FROM jobs WHERE id = $1", made.id) == was
    assert f'action="/admin/reviews/{made.id}"' in (await admin.visit("/admin/reviews")).text
    entries = await read_audit(admin, action="job.reviewed")
    assert [entry["after"]["moderation_status"] for entry in entries] == [was, "rejected"]


async def test_a_decision_stays_on_the_page_of_the_queue(admin: Person, made: Job) -> None:
    to = await press(admin, f"/admin/reviews/{made.id}", decision="approve", cursor="abc")

    assert re.search(r"[?&]cursor=abc(&|$)", to)


async def test_what_was_not_completed_is_neither_judged_nor_reopened(
    owner: Database, admin: Person, ada: Person
) -> None:
    job = await make_queued_job(owner, ada)

    judged = await admin.press(f"/admin/reviews/{job.id}", decision="approve")
    reopened = await admin.press(f"/admin/reviews/{job.id}/reopen")

    assert (judged.status_code, reopened.status_code) == (409, 409)


async def test_a_form_from_another_site_changes_nothing(admin: Person) -> None:
    headers = admin.cookie | {"Origin": "http://evil.example"}

    answer = await admin.client.post("/admin/lanes/cpu/pause", headers=headers)

    assert answer.status_code == 403
    assert (await lane(admin))["paused_at"] is None
