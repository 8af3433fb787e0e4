from typing import Any
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.media import AssetRole
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_asset,
    make_output,
    make_painter,
    make_post_model,
    read_balance,
    retry_or_fail,
)
from tests.web.people import Person, base_job, wrong_fields

PAINTED = {"model": "painter", "prompt": "A fox."}
TYPES: list[dict[str, Any]] = [
    {"job_type": "text_to_video", **PAINTED, "options": {"seconds": 2}},
    {"job_type": "image", **PAINTED, "format": "png"},
    {"job_type": "render", "model": "painter", "options": {"template": "titles"}},
    {"job_type": "extend", "model": "polish", "options": {"mode": "pingpong", "seconds": 1}},
    {"job_type": "upscale", "model": "polish", "options": {"scale": 4}},
    {"job_type": "subtitles", "model": "polish", "options": {"script": "Hello."}},
    {"job_type": "audio", "model": "polish", "options": {"speech": "Hello."}},
]


@pytest.fixture(autouse=True)
async def models(owner: Database) -> None:
    """Models for every job type."""
    await make_painter(owner)
    await make_post_model(owner)


async def make_parent(ada: Person, owner: Database, work: Database) -> str:
    """A completed job of two seconds."""
    answer = await ada.post("/jobs", await base_job(owner, ada))
    await complete(work, await claim_one(work), make_output(), log="")
    return answer.json()["id"]


@pytest.mark.parametrize("body", TYPES, ids=lambda body: body["job_type"])
async def test_every_job_type_can_be_asked_for(
    ada: Person, owner: Database, work: Database, body: dict[str, Any]
) -> None:
    is_post = body["model"] == "polish"
    parent = {"parent_job_id": await make_parent(ada, owner, work)} if is_post else {}

    answer = await ada.post("/jobs", body | parent)

    job = answer.json()
    assert (answer.status_code, job["status"]) == (202, "queued")
    assert (job["job_type"], job["model"]) == (body["job_type"], body["model"])
    assert job["options"].items() >= body.get("options", {}).items()
    assert job["parent_job_id"] == parent.get("parent_job_id")


@pytest.mark.parametrize(
    ("job_type", "role"), [("subtitles", AssetRole.SUBTITLES), ("audio", AssetRole.AUDIO)]
)
async def test_words_and_sound_can_come_in_a_file(
    ada: Person, owner: Database, work: Database, job_type: str, role: AssetRole
) -> None:
    asset_id = await make_asset(owner, ada.viewer, role=role)
    body = {"job_type": job_type, "model": "polish", "parent_job_id": await make_parent(ada, owner, work)}

    answer = await ada.post("/jobs", body | {"inputs": {role: str(asset_id)}})

    assert answer.status_code == 202
    assert answer.json()["input"][role] == str(asset_id)


async def test_everything_that_was_asked_for_is_answered(ada: Person) -> None:
    asked = {
        "quality": "fast",
        "format": "webp",
        "negative_prompt": "rain",
        "orientation": "portrait",
        "destination": "workspace",
        "auto_cancel_at": "2126-01-01T00:00:00Z",
        "priority": 7,
        "metadata": {"scene": 1},
    }

    answer = await ada.post("/jobs", TYPES[1] | asked)

    job = answer.json()
    assert {name: job[name] for name in asked} == asked
    assert (job["model_type"], job["starred"], job["moderation_status"]) == ("painter", False, "pending")


async def test_a_job_is_put_into_a_project_and_a_session(ada: Person, owner: Database) -> None:
    places = {"project_id": str(uuid4()), "session_id": str(uuid4())}
    async with owner.transaction() as tx:
        for table, place in zip(("projects", "workspace_sessions"), places.values(), strict=True):
            await tx.execute(
                f"INSERT INTO {table} (id, user_id, name) VALUES ($1, $2, 'Film')", place, ada.viewer.user_id
            )

    job = (await ada.post("/jobs", TYPES[1] | places)).json()

    assert (job["project_id"], job["workspace_session_id"]) == tuple(places.values())


@pytest.mark.parametrize("body", TYPES, ids=lambda body: body["job_type"])
async def test_a_model_that_is_not_there_is_named(ada: Person, owner: Database, body: dict[str, Any]) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET enabled = false WHERE slug NOT IN ('painter', 'polish')")
    usual = {name: value for name, value in body.items() if name != "model"}

    answers = [await ada.post("/jobs", usual), await ada.post("/jobs", usual | {"model": "sora"})]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("model" in wrong_fields(answer) for answer in answers)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"prompt": None}, "prompt"),
        ({"inputs": {"motion": str(uuid4())}}, "inputs.motion"),
        ({"inputs": {"reference": str(uuid4())}}, "inputs.reference"),
        ({"options": {"reference_strength": 2, "colour": 1}}, "options.colour options.reference_strength"),
        ({"format": "mp4", "priority": 1}, "format priority"),
        ({"negative_prompt": "x" * 1001}, "negative_prompt"),
        ({"orientation": "square"}, "orientation"),
        ({"session_id": "x", "project_id": str(uuid4())}, "project_id session_id"),
        ({"auto_cancel_at": "2020-01-01T00:00:00Z"}, "auto_cancel_at"),
        ({"auto_cancel_at": "2126-01-01T00:00:00"}, "auto_cancel_at"),
        ({"auto_cancel_at": 2**70}, "auto_cancel_at"),
        ({"after": 0}, "after"),
        ({"group_id": str(uuid4()), "quality": "low"}, "group_id quality"),
        ({"model": "x\0"}, "model"),
    ],
)
async def test_a_wrong_field_is_named(ada: Person, changes: dict[str, Any], fields: str) -> None:
    answer = await ada.post("/jobs", TYPES[1] | changes)

    assert (answer.status_code, wrong_fields(answer)) == (422, fields.split())


async def test_malformed_words_are_not_missed_as_a_file(ada: Person) -> None:
    body = TYPES[5] | {"options": {"script": ""}, "parent_job_id": str(uuid4())}

    assert wrong_fields(await ada.post("/jobs", body)) == ["options.script", "parent_job_id"]


async def test_a_chain_is_submitted_as_one_group(ada: Person, owner: Database) -> None:
    chain = [TYPES[0], TYPES[4] | {"after": 0}, TYPES[5] | {"after": 1}]

    answer = await ada.post("/jobs/batch", {"jobs": chain})

    batch = answer.json()
    first, second, third = batch["jobs"]
    assert answer.status_code == 202
    assert [job["status"] for job in batch["jobs"]] == ["queued", "pending", "pending"]
    assert [second["parent_job_id"], third["parent_job_id"]] == [first["id"], second["id"]]
    assert {job["group_id"] for job in batch["jobs"]} == {batch["group_id"]}
    assert second["why_waiting"] == "parent"
    assert await read_balance(owner, ada.viewer) == 10_000 - sum(job["price"] for job in batch["jobs"])


async def test_a_batch_is_made_as_a_whole_or_not_at_all(ada: Person, owner: Database) -> None:
    answer = await ada.post("/jobs/batch", {"jobs": [TYPES[1], TYPES[1] | {"priority": 1}]})

    assert wrong_fields(answer) == ["jobs.1.priority"]
    assert await fetch_value(owner, "SELECT count(*) FROM jobs WHERE user_id = $1", ada.viewer.user_id) == 0


@pytest.mark.parametrize(
    ("jobs", "fields"),
    [
        ([], "jobs"),
        ([TYPES[1]] * 21, "jobs"),
        (None, "jobs"),
        ([TYPES[1] | {"priority": 1}], "jobs.0.priority"),
        ([7, TYPES[1]], "jobs.0"),
        ([TYPES[1], {"job_type": "x", "priority": 0}], "jobs.1.job_type jobs.1.priority"),
        (
            [TYPES[1] | {"prompt": ""}, TYPES[4] | {"after": 2}, {}],
            "jobs.0.prompt jobs.2.job_type",
        ),
        ([TYPES[1] | {"prompt": ""}, TYPES[4] | {"after": 2}], "jobs.0.prompt jobs.1.after"),
    ],
)
async def test_a_wrong_field_of_a_batch_is_named_with_its_job(ada: Person, jobs: Any, fields: str) -> None:
    answer = await ada.post("/jobs/batch", {"jobs": jobs})

    assert (answer.status_code, wrong_fields(answer)) == (422, fields.split())


async def test_a_job_tells_its_attempts_its_children_and_its_receipt(
    ada: Person, owner: Database, work: Database
) -> None:
    job_id = (await ada.post("/jobs", await base_job(owner, ada))).json()["id"]
    await retry_or_fail(
        work, await claim_one(work), error_code="test", error_message="no", retryable=False, log="x" * 5000
    )
    await ada.post(f"/jobs/{job_id}/retry")
    await complete(work, await claim_one(work), make_output(seconds=1.0), log="")
    child = (await ada.post("/jobs", TYPES[4] | {"parent_job_id": job_id})).json()

    job = (await ada.get(f"/jobs/{job_id}")).json()

    tries = [
        (one["number"], one["worker"], one["outcome"], one["error_code"]) for one in job["attempt_history"]
    ]
    assert tries == [(1, "test", "failed", "test"), (2, "test", "succeeded", None)]
    assert [one["log_tail"] for one in job["attempt_history"]] == ["x" * 4000, ""]
    assert [(one["id"], one["status"]) for one in job["children"]] == [(child["id"], "queued")]
    assert [(one["kind"], one["amount"]) for one in job["receipt"]] == [
        ("hold", -10),
        ("release", 10),
        ("hold", -10),
        ("capture", 5),
    ]


async def test_nobody_elses_job_tells_anything(ada: Person, bob: Person, owner: Database) -> None:
    job_id = (await ada.post("/jobs", await base_job(owner, ada))).json()["id"]

    assert (await bob.get(f"/jobs/{job_id}")).status_code == 404
