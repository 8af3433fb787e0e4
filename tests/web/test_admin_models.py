"""The catalogue, changed by administrators."""

from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from tests.factories import read_job
from tests.web.admins import make_admin, patch, read_audit
from tests.web.people import Person, make_queued_job, wrong_fields

PRICE = {"per_second": {"480p": 5, "720p": 10}, "minimum": 5}
MODEL = {
    "slug": "sdxl",
    "title": "SDXL",
    "engine": "diffusers",
    "lane": "gpu",
    "job_types": ["image"],
    "aliases": {"sdxl_image_fast": {"job_type": "image", "quality": "fast"}},
    "options_schema": {"type": "object", "properties": {"resolution": {"type": "string"}}},
    "price": PRICE | {"quality_percent": {"high": 150}},
    "time_limit_seconds": 600,
    "config": {"steps": 20},
}


@pytest.fixture
async def admin(owner: Database, client: httpx.AsyncClient) -> Person:
    return await make_admin(owner, client)


async def test_a_model_is_added_with_its_lane(admin: Person) -> None:
    answer = await admin.post("/admin/models", MODEL)

    assert answer.status_code == 201
    made = answer.json()
    assert (made["config"], made["aliases"]) == (MODEL["config"], MODEL["aliases"])
    assert made["price"]["quality_percent"] == {"high": 150}
    assert "gpu" in [lane["name"] for lane in (await admin.get("/admin/lanes")).json()["lanes"]]
    assert "sdxl" in [model["slug"] for model in (await admin.get("/models")).json()["models"]]


async def test_a_slug_that_is_taken_is_refused(admin: Person) -> None:
    answer = await admin.post("/admin/models", MODEL | {"slug": "motion"})

    assert answer.status_code == 409


async def test_what_is_left_out_of_a_change_stays(admin: Person) -> None:
    await admin.post("/admin/models", MODEL)

    changed = (await patch(admin, "/models/sdxl", {"enabled": False, "cap": 2})).json()

    assert (changed["enabled"], changed["cap"], changed["title"]) == (False, 2, "SDXL")
    assert changed["config"] == MODEL["config"]
    assert "sdxl" not in [model["slug"] for model in (await admin.get("/models")).json()["models"]]
    (entry, _created) = await read_audit(admin, target_type="model")
    assert entry["before"] == {"enabled": True, "cap": None}
    assert entry["after"] == {"enabled": False, "cap": 2}


async def test_jobs_follow_their_model_to_another_lane(owner: Database, admin: Person, ada: Person) -> None:
    job = await make_queued_job(owner, ada)

    answer = await patch(admin, "/models/motion", {"lane": "new"})

    assert answer.json()["lane"] == "new"
    assert (await read_job(owner, job.id)).lane == "new"


async def test_an_unknown_model_is_missing(admin: Person) -> None:
    assert (await patch(admin, "/models/none", {"enabled": False})).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Upper"}, "slug"),
        ({"lane": "no lane"}, "lane"),
        ({"job_types": []}, "job_types"),
        ({"job_types": ["image", "image"]}, "job_types"),
        ({"job_types": ["film"]}, "job_types"),
        ({"time_limit_seconds": 0}, "time_limit_seconds"),
        ({"max_attempts": 21}, "max_attempts"),
        ({"cap": 0}, "cap"),
        ({"price": {"per_second": {"480p": 5}, "minimum": 5}}, "price.per_second"),
        ({"price": {"per_second": {"480p": 5, "720p": -1}, "minimum": 5}}, "price.per_second.720p"),
        ({"price": PRICE | {"by_type": {"film": PRICE}}}, "price.by_type.film.[key]"),
        ({"options_schema": {"type": "array"}}, "options_schema"),
        ({"options_schema": {"type": "object", "properties": {"a": {"type": "text"}}}}, "options_schema"),
        (
            {"options_schema": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}},
            "options_schema",
        ),
        ({"options_schema": {"type": "object", "required": ["a"]}}, "options_schema"),
        ({"title": "\0"}, "title"),
        ({"config": {"a": "\0"}}, "config"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named(admin: Person, change: dict[str, Any], field: str) -> None:
    answer = await admin.post("/admin/models", MODEL | change)

    assert answer.status_code == 422
    assert wrong_fields(answer) == [field]
