"""Accounts and models, seen and changed by administrators."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.actions.accounts import Registration
from rushes.actions.admin_accounts import create
from rushes.actions.credits import grant
from rushes.db.pool import Database
from tests.factories import read_balance, read_job, read_ledger
from tests.web.admins import make_admin, patch, read_audit
from tests.web.people import Person, make_queued_job, wrong_fields


@pytest.fixture
async def admin(owner: Database, client: httpx.AsyncClient) -> Person:
    return await make_admin(owner, client)


async def test_accounts_are_found_by_a_part_of_their_address(admin: Person, ada: Person) -> None:
    part = str(ada.viewer.user_id)[:30].upper()

    found = (await admin.get("/admin/users", q=part)).json()["users"]

    assert [user["id"] for user in found] == [str(ada.viewer.user_id)]


async def test_pages_of_accounts_follow_each_other(admin: Person, ada: Person, bob: Person) -> None:
    first = (await admin.get("/admin/users", limit=2)).json()
    second = (await admin.get("/admin/users", limit=2, cursor=first["next_cursor"])).json()

    listed = [user["id"] for page in (first, second) for user in page["users"]]
    assert set(listed) == {str(person.viewer.user_id) for person in (admin, ada, bob)}
    assert len(listed) == 3


async def test_an_account_has_what_it_has_under_way(owner: Database, admin: Person, ada: Person) -> None:
    job = await make_queued_job(owner, ada)

    found = (await admin.get(f"/admin/users/{ada.viewer.user_id}")).json()

    assert (found["active_jobs"], found["credits_held"]) == ({"queued": 1}, job.price)
    assert "password_hash" not in found


async def test_more_slots_let_in_what_waits(owner: Database, admin: Person, ada: Person) -> None:
    jobs = [await make_queued_job(owner, ada) for _ in range(3)]

    answer = await patch(admin, f"/users/{ada.viewer.user_id}", {"slots": 3})

    assert answer.json()["slots"] == 3
    assert (await read_job(owner, jobs[2].id)).status == "queued"


async def test_a_change_of_an_account_is_written_down(admin: Person, ada: Person) -> None:
    await patch(admin, f"/users/{ada.viewer.user_id}", {"plan": "pro", "role": "admin"})

    (entry,) = await read_audit(admin, target_type="user", target=str(ada.viewer.user_id))
    assert entry["action"] == "user.changed"
    assert entry["before"] == {"plan": "free", "role": "user"}
    assert entry["after"] == {"plan": "pro", "role": "admin"}


async def test_a_disabled_account_is_signed_out_until_it_is_enabled(admin: Person, ada: Person) -> None:
    await patch(admin, f"/users/{ada.viewer.user_id}", {"disabled": True})
    shut_out = await ada.get("/me")
    await patch(admin, f"/users/{ada.viewer.user_id}", {"disabled": False})

    assert shut_out.status_code == 401
    assert (await ada.get("/me")).status_code == 200


@pytest.mark.parametrize("body", [{"disabled": True}, {"role": "user"}])
async def test_nobody_shuts_himself_out(admin: Person, body: dict[str, Any]) -> None:
    answer = await patch(admin, f"/users/{admin.viewer.user_id}", body)

    assert answer.status_code == 409
    assert (await admin.get("/admin/audit")).json()["entries"] == []


@pytest.mark.parametrize("slots", [-1, 10_001, 2**40, "many"])
async def test_wrong_slots_are_named(admin: Person, ada: Person, slots: Any) -> None:
    answer = await patch(admin, f"/users/{ada.viewer.user_id}", {"slots": slots})

    assert wrong_fields(answer) == ["slots"]


async def test_an_unknown_account_is_missing(admin: Person) -> None:
    path = f"/users/{uuid4()}"

    answers = [
        await admin.get(f"/admin{path}"),
        await patch(admin, path, {"plan": "pro"}),
        await admin.post(f"/admin{path}/grant", {"credits": 1, "reason": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_a_grant_changes_balance_ledger_and_audit_log(
    owner: Database, admin: Person, ada: Person
) -> None:
    before = await read_balance(owner, ada.viewer)

    answer = await admin.post(f"/admin/users/{ada.viewer.user_id}/grant", {"credits": 5, "reason": "sorry"})

    assert (answer.status_code, answer.json()["balance_after"]) == (201, before + 5)
    assert await read_ledger(owner, ada.viewer) == [("grant", 5)]
    (entry,) = await read_audit(admin)
    assert entry["after"] == {"credits": before + 5, "amount": 5, "reason": "sorry"}


async def test_a_wrong_grant_is_named(admin: Person, ada: Person) -> None:
    answer = await admin.post(f"/admin/users/{ada.viewer.user_id}/grant", {"credits": 0, "reason": "  "})

    assert wrong_fields(answer) == ["credits", "reason"]


async def test_what_the_command_line_does_to_accounts_is_written_down(owner: Database, admin: Person) -> None:
    await create(owner, Registration(email="eve@example.org", password="correct horse"))
    await grant(owner, email="eve@example.org", amount=5, reason="sorry")

    entries = await read_audit(admin, actor="command line")

    assert [entry["action"] for entry in entries] == ["user.granted", "user.created"]
    assert "correct horse" not in str(entries)
