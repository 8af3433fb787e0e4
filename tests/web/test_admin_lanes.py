"""Lanes and workers, seen and steered over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from rushes.actions import lanes
from rushes.db import workers
from rushes.db.pool import Database
from rushes.db.workers import NewWorker
from rushes.domain.ids import WorkerId
from tests.web.admins import make_admin, patch, read_audit
from tests.web.people import Person, make_queued_job, wrong_fields


@pytest.fixture
async def admin(owner: Database, client: httpx.AsyncClient) -> Person:
    return await make_admin(owner, client)


async def start_worker(work: Database) -> UUID:
    """A worker that has just said that it is alive; no process stands behind it."""
    worker = NewWorker(
        id=WorkerId(uuid4()),
        name="box-1",
        host="box",
        pid=1,
        lanes=["cpu"],
        engines=["motion"],
        slots=2,
        version="0",
    )
    async with work.transaction() as tx:
        await workers.insert_worker(tx, worker)
    return worker.id


async def lane(admin: Person) -> dict[str, Any]:
    """The lane `cpu` as the list shows it."""
    (found,) = [one for one in (await admin.get("/admin/lanes")).json()["lanes"] if one["name"] == "cpu"]
    return found


async def test_a_lane_shows_what_waits_and_serves(
    owner: Database, work: Database, admin: Person, bob: Person
) -> None:
    await make_queued_job(owner, bob)
    await start_worker(work)

    found = await lane(admin)

    assert (found["queued"], found["processing"], found["workers"], found["slots"]) == (1, 0, 1, 2)


async def test_a_lane_is_paused_and_resumed(admin: Person) -> None:
    paused = (await patch(admin, "/lanes/cpu", {"paused": True})).json()
    resumed = (await patch(admin, "/lanes/cpu", {"paused": False})).json()

    assert paused["paused_at"] is not None
    assert resumed["paused_at"] is None


async def test_what_is_left_out_of_a_change_stays(admin: Person) -> None:
    await patch(admin, "/lanes/cpu", {"paused": True, "cap": 3})

    changed = (await patch(admin, "/lanes/cpu", {"cap": None})).json()

    assert changed["cap"] is None
    assert changed["paused_at"] is not None


async def test_a_change_of_a_lane_is_written_down(admin: Person) -> None:
    answer = await patch(admin, "/lanes/cpu", {"cap": 3})

    (entry,) = await read_audit(admin)
    assert entry["actor_id"] == str(admin.viewer.user_id)
    assert (entry["action"], entry["target_type"], entry["target"]) == ("lane.changed", "lane", "cpu")
    assert (entry["before"], entry["after"]) == ({"cap": None}, {"cap": 3})
    assert entry["request_id"] == answer.headers["x-request-id"]


async def test_a_change_that_changes_nothing_is_not_written_down(admin: Person) -> None:
    await patch(admin, "/lanes/cpu", {"cap": None, "paused": False})

    assert await read_audit(admin) == []


async def test_the_command_line_is_written_down_too(owner: Database, admin: Person) -> None:
    await lanes.pause(owner, name="cpu")

    (entry,) = await read_audit(admin)
    assert (entry["actor_id"], entry["actor"], entry["request_id"]) == (None, "command line", None)


@pytest.mark.parametrize(
    ("body", "field"), [({"cap": 0}, "cap"), ({"paused": "maybe"}, "paused"), ({}, "body")]
)
async def test_a_wrong_change_is_named(admin: Person, body: dict[str, Any], field: str) -> None:
    answer = await patch(admin, "/lanes/cpu", body)

    assert answer.status_code == 422
    assert wrong_fields(answer) == [field]


async def test_an_unknown_lane_is_missing(admin: Person) -> None:
    answer = await patch(admin, "/lanes/gpu", {"paused": True})

    assert answer.status_code == 404


async def test_a_worker_is_asked_to_drain(work: Database, admin: Person) -> None:
    worker_id = await start_worker(work)

    answer = await admin.post(f"/admin/workers/{worker_id}/drain")

    (listed,) = (await admin.get("/admin/workers")).json()["workers"]
    assert (answer.status_code, answer.json()["state"]) == (200, "draining")
    assert (listed["id"], listed["state"]) == (str(worker_id), "draining")
    assert (await lane(admin))["workers"] == 0


async def test_a_draining_worker_that_was_taken_for_gone_comes_back_to_drain_on(
    owner: Database, work: Database, admin: Person
) -> None:
    worker_id = await start_worker(work)
    await admin.post(f"/admin/workers/{worker_id}/drain")
    async with owner.transaction() as tx:
        await tx.execute("UPDATE workers SET state = 'gone'")

    async with work.transaction() as tx:
        should_drain = await workers.beat(tx, worker_id=WorkerId(worker_id))

    (listed,) = (await admin.get("/admin/workers")).json()["workers"]
    assert should_drain
    assert listed["state"] == "draining"


async def test_a_worker_that_is_gone_cannot_drain(owner: Database, work: Database, admin: Person) -> None:
    worker_id = await start_worker(work)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE workers SET heartbeat_at = now() - interval '1 hour'")

    answer = await admin.post(f"/admin/workers/{worker_id}/drain")

    assert answer.status_code == 409


async def test_an_unknown_worker_is_missing(admin: Person) -> None:
    answer = await admin.post(f"/admin/workers/{uuid4()}/drain")

    assert answer.status_code == 404
