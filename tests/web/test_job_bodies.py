from typing import Any
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.media import AssetRole, AssetStatus
from tests.factories import make_asset, read_balance
from tests.web.people import API, Person, base_job, wrong_fields


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: every test has accounts of its own."""
    return shared_database_url


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"options": {"advanced": {"inference_steps": 9}}}, "options.advanced.inference_steps"),
        ({"options": {"advanced": {"inference_steps": 51}}}, "options.advanced.inference_steps"),
        ({"options": {"advanced": {"cfg_scale": 0.4}}}, "options.advanced.cfg_scale"),
        ({"options": {"advanced": {"cfg_scale": 2.1}}}, "options.advanced.cfg_scale"),
        ({"options": {"advanced": {"seed": -1}}}, "options.advanced.seed"),
        ({"options": {"resolution": "1080p"}}, "options.resolution"),
        ({"options": {"colour": "red"}}, "options.colour"),
        ({"options": {"advanced": {"colour": "red"}}}, "options.advanced.colour"),
        ({"colour": "red"}, "colour"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 1001}, "prompt"),
        ({"prompt": "a\0b"}, "prompt"),
        ({"priority": 0}, "priority"),
        ({"priority": 11}, "priority"),
        ({"priority": 4}, "priority"),
        ({"job_type": "painting"}, "job_type"),
        ({"job_type": 7}, "job_type"),
        ({"job_type": "painting", "priority": 0}, "job_type priority"),
        ({"model": "sora"}, "model"),
        ({"metadata": {"a": "x" * 17_000}}, "metadata"),
        ({"metadata": {"a": 2**70}}, "metadata"),
        ({"metadata": {"a\0": 1}}, "metadata"),
        ({"metadata": []}, "metadata"),
        ({"inputs": {}}, "inputs.motion inputs.reference"),
        ({"inputs": None}, "inputs"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_written(
    ada: Person, owner: Database, changes: dict[str, Any], field: str
) -> None:
    answer = await ada.post("/jobs", await base_job(owner, ada) | changes)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert wrong_fields(answer) == field.split()
    assert (await ada.get("/jobs")).json()["counts"] == {}
    assert await read_balance(owner, ada.viewer) == 10_000


async def test_a_number_that_json_cannot_say_is_refused(ada: Person) -> None:
    body = b'{"job_type": "base", "inputs": {}, "metadata": {"a": 1e400}}'
    headers = ada.bearer | {"Content-Type": "application/json"}

    answer = await ada.client.post(f"{API}/jobs", content=body, headers=headers)

    assert answer.status_code == 422
    assert "metadata" in wrong_fields(answer)


@pytest.mark.parametrize(
    ("body", "fields"),
    [({}, "job_type"), ({"job_type": "base"}, "inputs"), ({"job_type": "image"}, "prompt")],
)
async def test_a_missing_field_is_named(ada: Person, body: dict[str, Any], fields: str) -> None:
    answer = await ada.post("/jobs", body)

    assert set(wrong_fields(answer)) >= set(fields.split())


async def test_every_wrong_field_is_named_at_once(ada: Person, bob: Person, owner: Database) -> None:
    of_bob = await make_asset(owner, bob.viewer, role=AssetRole.REFERENCE)

    answer = await ada.post(
        "/jobs",
        {
            "job_type": "base",
            "model": "sora",
            "inputs": {"reference": str(of_bob), "motion": str(uuid4())},
            "options": {"advanced": {"inference_steps": 51, "cfg_scale": 0.4}, "colour": "red"},
            "prompt": "x" * 1001,
            "priority": 1,
        },
    )

    assert wrong_fields(answer) == [
        "inputs.motion",
        "inputs.reference",
        "model",
        "options.advanced.cfg_scale",
        "options.advanced.inference_steps",
        "options.colour",
        "priority",
        "prompt",
    ]


async def test_malformed_ids_are_named_with_what_the_database_refuses(ada: Person, owner: Database) -> None:
    motion = await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE)

    answer = await ada.post(
        "/jobs", {"job_type": "base", "inputs": {"reference": "x", "motion": str(motion)}, "model": 7}
    )

    assert wrong_fields(answer) == ["inputs.motion", "inputs.reference", "model"]


@pytest.mark.parametrize("body", [None, [], "text", 7])
async def test_a_body_that_is_no_object_is_refused(ada: Person, body: Any) -> None:
    answer = await ada.post("/jobs", body)

    assert answer.status_code == 422
    assert wrong_fields(answer) == ["body"]


async def test_a_rejected_file_cannot_be_used(ada: Person, owner: Database) -> None:
    rejected = await make_asset(owner, ada.viewer, status=AssetStatus.REJECTED)
    body = await base_job(owner, ada)

    answer = await ada.post("/jobs", body | {"inputs": body["inputs"] | {"motion": str(rejected)}})

    assert wrong_fields(answer) == ["inputs.motion"]
