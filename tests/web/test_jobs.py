from dataclasses import replace
from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.accounts import Plan
from rushes.domain.jobs import JobStatus
from rushes.domain.media import AssetRole, Probe, StoredOutput
from tests.factories import (
    SHA256,
    claim_one,
    complete,
    fetch_value,
    make_bare_job,
    make_output,
    read_balance,
)
from tests.web.people import Person, base_job, make_person, make_queued_job, wrong_fields

SEED_FIELDS = {
    "job_id": str,
    "user_id": str,
    "parent_job_id": type(None),
    "job_type": str,
    "status": str,
    "progress": int,
    "progress_text": type(None),
    "queue_position": type(None),
    "created_at": str,
    "updated_at": str,
    "started_at": str,
    "completed_at": str,
    "estimated_time_remaining": type(None),
    "processing_time_seconds": float,
    "input": dict,
    "options": dict,
    "output": dict,
    "credits_charged": int,
    "error_message": type(None),
    "error_code": type(None),
    "retry_count": int,
    "watermark_applied": bool,
    "deleted_at": type(None),
}
"""What a completed job's document has, by the type of each field."""


async def count_jobs(owner: Database) -> int:
    return await fetch_value(owner, "SELECT count(*) FROM jobs")


async def test_submit_holds_the_price_and_answers_with_the_job(ada: Person, owner: Database) -> None:
    options = {"resolution": "720p", "advanced": {"seed": 7}}

    answer = await ada.post(
        "/jobs", await base_job(owner, ada, options=options, prompt="A fox.", metadata={"scene": [1, "a"]})
    )

    job = answer.json()
    assert answer.status_code == 202
    assert (job["status"], job["progress"], job["attempts"], job["output"]) == ("queued", 0, 0, None)
    assert job["options"]["resolution"] == "720p"
    assert job["options"]["advanced"] == {"seed": 7, "inference_steps": 20, "cfg_scale": 1.0}
    assert (job["prompt"], job["metadata"]) == ("A fox.", {"scene": [1, "a"]})
    assert await read_balance(owner, ada.viewer) == 10_000 - job["price"] == 10_000 - 20


async def test_a_job_that_cannot_be_paid_is_refused(owner: Database, client: httpx.AsyncClient) -> None:
    poor = await make_person(owner, client, credits_=1)

    answer = await poor.post("/jobs", await base_job(owner, poor))

    assert answer.status_code == 402
    assert answer.json()["code"] == "insufficient_credits"
    assert answer.json()["detail"] == "This costs 10 credits; the account has 1."
    assert answer.json()["credits"] == {"needed": 10, "available": 1, "held": 0}


async def test_the_plan_pro_may_go_first(owner: Database, client: httpx.AsyncClient) -> None:
    pro = await make_person(owner, client, plan=Plan.PRO)

    answer = await pro.post("/jobs", await base_job(owner, pro, priority=1))

    assert answer.json()["priority"] == 1


async def test_a_completed_job_has_every_documented_field(
    ada: Person, owner: Database, work: Database
) -> None:
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")

    shown = (await ada.get(f"/jobs/{job.id}")).json()

    assert {name: type(shown[name]) for name in SEED_FIELDS} == SEED_FIELDS
    assert (shown["status"], shown["progress"], shown["credits_charged"]) == ("completed", 100, 10)
    assert shown["input"]["ref_image_gcs_path"].startswith("images/")
    assert shown["input"]["motion_video_gcs_path"].startswith("videos/")
    assert set(shown["output"]) == {
        "url",
        "url_expires_at",
        "media_type",
        "video_url",
        "video_url_expires_at",
        "gcs_path",
        "duration_seconds",
        "file_size_bytes",
    }
    assert len(shown["short_id"]) == 8


async def test_the_output_is_a_download(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")

    output = (await ada.get(f"/jobs/{job.id}/output")).json()

    assert "download=" in output["url"]
    assert output["file_name"].endswith(".mp4")
    assert (output["file_size_bytes"], output["duration_seconds"]) == (1, 2.0)


async def test_there_is_no_output_before_the_end(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.get(f"/jobs/{job.id}/output")

    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"


async def test_thumbnails_are_those_that_are_there(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    thumbnails = (await ada.get(f"/jobs/{job.id}/thumbnails")).json()

    assert thumbnails["reference"]["media_type"] == "image/png"
    assert thumbnails["motion"]["duration_seconds"] == 2.0
    assert (thumbnails["output"], thumbnails["poster"], thumbnails["preview"]) == (None, None, None)
    assert thumbnails["spritesheet"] is None


async def test_a_spritesheet_comes_with_its_grid(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    made = make_output()
    sheet = StoredOutput(
        asset_id=job.id,
        role=AssetRole.SPRITESHEET,
        key="sheet.webp",
        bytes=1,
        sha256=SHA256,
        probe=Probe(media_type="image/webp", width=320, height=144, frames=15),
    )
    output = replace(made, files={**made.files, AssetRole.SPRITESHEET: sheet})
    await complete(work, await claim_one(work), output, log="")

    shown = (await ada.get(f"/jobs/{job.id}/thumbnails")).json()["spritesheet"]

    assert (shown["columns"], shown["rows"], shown["width"], shown["height"]) == (5, 3, 320, 144)
    assert "sheet.webp" in shown["url"]


async def test_a_waiting_job_is_cancelled_at_once(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    cancelled = await ada.post(f"/jobs/{job.id}/cancel")
    again = await ada.post(f"/jobs/{job.id}/cancel")

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")
    assert await read_balance(owner, ada.viewer) == 10_000


async def test_a_running_job_is_asked_to_stop(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    await claim_one(work)

    answer = await ada.post(f"/jobs/{job.id}/cancel")

    assert answer.json()["status"] == "processing"
    assert answer.json()["cancel_requested_at"] is not None


async def test_pages_follow_each_other_without_gap_or_repeat(ada: Person, owner: Database) -> None:
    made = [await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED) for _ in range(5)]

    first = (await ada.get("/jobs", limit=2)).json()
    second = (await ada.get("/jobs", limit=2, cursor=first["next_cursor"])).json()
    third = (await ada.get("/jobs", limit=2, cursor=second["next_cursor"])).json()

    shown = [job["id"] for page in (first, second, third) for job in page["jobs"]]
    assert shown == [str(job_id) for job_id in reversed(made)]
    assert third["next_cursor"] is None


async def test_jobs_are_filtered_and_counted_by_status(ada: Person, owner: Database) -> None:
    pending = await make_bare_job(owner, ada.viewer, JobStatus.PENDING)
    failed = await make_bare_job(owner, ada.viewer, JobStatus.FAILED)
    await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)

    active = (await ada.get("/jobs/active")).json()
    chosen = (await ada.get("/jobs", status=["active", "failed"])).json()

    assert [job["id"] for job in active["jobs"]] == [str(pending)]
    assert [job["id"] for job in chosen["jobs"]] == [str(failed), str(pending)]
    assert chosen["counts"] == {"pending": 1, "failed": 1, "completed": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 101},
        {"cursor": "nonsense"},
        {"cursor": "AAAA"},
        {"cursor": "MDAwMS0wMS0wMSAw"},
        {"status": "sleeping"},
    ],
)
async def test_a_wrong_page_is_refused(ada: Person, wrong: dict[str, Any]) -> None:
    answer = await ada.get("/jobs", **wrong)

    assert answer.status_code == 422
    assert {field.partition(".")[0] for field in wrong_fields(answer)} == set(wrong)


async def test_models_can_be_looked_up(ada: Person) -> None:
    models = (await ada.get("/models")).json()["models"]

    (model,) = (one for one in models if one["slug"] == "motion")
    assert model["credits_per_second"] == {"480p": 5, "720p": 10}
    assert "resolution" in model["options_schema"]["properties"]
