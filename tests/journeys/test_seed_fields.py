"""Every field that a job is known by, with its type: of one just submitted, and of one that is done."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from tests.journeys.site import Person, address_of, home, person, rushes

pytestmark = pytest.mark.slow

STATUSES = {"pending", "validating", "queued", "processing", "completed", "failed", "cancelled"}
TYPES = {"base", "extend", "upscale", "subtitles", "audio", "text_to_video", "image", "render"}


def text(value: Any) -> bool:
    return isinstance(value, str)


def whole(value: Any) -> bool:
    return type(value) is int


def number(value: Any) -> bool:
    return type(value) in {int, float}


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def free(value: Any) -> bool:
    return isinstance(value, dict)


def uuid(value: Any) -> bool:
    return isinstance(value, str) and str(UUID(value)) == value


def time(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def percent(value: Any) -> bool:
    return whole(value) and 0 <= value <= 100


def one_of(*words: str) -> Any:
    return lambda value: value in words


def maybe(kind: Any) -> Any:
    return lambda value: value is None or kind(value)


ALWAYS = {
    "id": uuid,
    "job_id": uuid,
    "user_id": uuid,
    "parent_job_id": maybe(uuid),
    "project_id": maybe(uuid),
    "group_id": maybe(uuid),
    "workspace_session_id": maybe(uuid),
    "job_type": one_of(*TYPES),
    "status": one_of(*STATUSES),
    "progress": percent,
    "progress_text": maybe(text),
    "queue_position": maybe(whole),
    "priority": whole,
    "created_at": time,
    "updated_at": time,
    "queued_at": maybe(time),
    "started_at": maybe(time),
    "completed_at": maybe(time),
    "auto_cancel_at": maybe(time),
    "cancelled_reason": maybe(text),
    "estimated_time_remaining": maybe(text),
    "estimated_seconds": maybe(number),
    "processing_time_seconds": maybe(number),
    "prompt": maybe(text),
    "orientation": maybe(one_of("portrait", "landscape", "square")),
    "input.ref_image_gcs_path": text,
    "input.motion_video_gcs_path": text,
    "input.template_path": maybe(text),
    "input.data_path": maybe(text),
    "options.resolution": one_of("480p", "720p"),
    "options.video_quality": one_of("high", "ultra"),
    "options.safety_checker_image": truth,
    "options.safety_checker_video": truth,
    "options.advanced.seed": maybe(whole),
    "options.advanced.inference_steps": whole,
    "options.advanced.cfg_scale": number,
    "credits_charged": whole,
    "error_message": maybe(text),
    "error_code": maybe(text),
    "retry_count": whole,
    "attempts": whole,
    "max_attempts": whole,
    "external_job_id": maybe(text),
    "metadata": free,
    "model_type": text,
    "api_model_id": text,
    "quality": maybe(text),
    "format": maybe(text),
    "destination": one_of("library", "workspace"),
    "moderation_status": one_of("pending", "approved", "rejected"),
    "reviewed_at": maybe(time),
    "reviewed_by": maybe(uuid),
    "review_notes": maybe(text),
    "enhancement_strategy": maybe(text),
    "original_prompt": maybe(text),
    "enhanced_prompt": maybe(text),
    "enhancement_time_ms": maybe(whole),
    "quality_rating": maybe(number),
    "quality_improvement": maybe(number),
    "compel_weights": maybe(free),
    "qwen_expansion_percentage": maybe(number),
    "template_name": maybe(text),
    "prompt_test_id": maybe(uuid),
    "test_metadata": maybe(free),
    "project_name": maybe(text),
    "output_name": maybe(text),
    "render_config": maybe(free),
    "watermark_applied": truth,
    "deleted_at": maybe(time),
}
"""What every job has, by the path to it."""

SUBMITTED = ALWAYS | {
    "status": one_of("pending", "validating", "queued", "processing"),
    "credits_charged": one_of(0),
    "completed_at": one_of(None),
    "output": one_of(None),
    "video_id": one_of(None),
    "image_id": one_of(None),
}
COMPLETED = ALWAYS | {
    "status": one_of("completed"),
    "progress": one_of(100),
    "queued_at": time,
    "started_at": time,
    "completed_at": time,
    "processing_time_seconds": number,
    "output.video_url": text,
    "output.video_url_expires_at": time,
    "output.gcs_path": text,
    "output.duration_seconds": number,
    "output.file_size_bytes": whole,
    "video_id": uuid,
    "image_id": one_of(None),
    "short_id": text,
}

ASKED: dict[str, Any] = {
    "prompt": "A fox in the snow.",
    "orientation": "portrait",
    "quality": "fast",
    "format": "mp4",
    "destination": "workspace",
    "priority": 7,
    "auto_cancel_at": "2099-12-31T23:59:59Z",
    "metadata": {"order": "A-1024"},
    "original_prompt": "a fox",
    "enhanced_prompt": "A red fox in deep snow.",
    "enhancement_strategy": "expand",
    "enhancement_time_ms": 12,
    "compel_weights": {"fox": 1.21},
    "qwen_expansion_percentage": 260.5,
    "template_name": "Evening",
    "prompt_test_id": "01990000-0000-7000-8000-000000000001",
    "test_metadata": {"arm": "b"},
}
"""What can be said of a job; its project, session and group have ids of their own."""


def wrong(document: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """The fields of a table that a document does not have so, and what it has instead."""
    values = {path: at(document, path) for path in table}
    return {path: value for path, value in values.items() if value is KeyError or not table[path](value)}


def at(document: dict[str, Any], path: str) -> Any:
    """The value at a dotted path, or `KeyError` if there is none."""
    found: Any = document
    for name in path.split("."):
        if name not in found:
            return KeyError
        found = found[name]
    return found


async def submit(ada: Person) -> dict[str, Any]:
    """A job with a seed of its own, as it was just submitted."""
    return await ada.job(await ada.submit_sample(resolution="480p", advanced={"seed": 7}))


async def test_job_has_every_field_when_submitted_and_when_completed() -> None:
    with home() as folder:
        async with (
            rushes("up", "--port", "0", "--home", str(folder)) as site,
            person(await address_of(site)) as ada,
        ):
            submitted = await submit(ada)
            completed = await ada.until_final(submitted["id"])
            (listed,) = (await ada.client.get("/api/v1/jobs")).json()["jobs"]

    assert wrong(submitted, SUBMITTED) == {}
    assert wrong(completed, COMPLETED) == {}
    assert wrong(listed, COMPLETED) == {}
    assert submitted["options"]["advanced"] == {"seed": 7, "inference_steps": 20, "cfg_scale": 1.0}
    assert completed["input"]["ref_image_gcs_path"].startswith(f"images/{completed['user_id']}/")
    assert completed["output"]["gcs_path"].startswith(f"outputs/{completed['user_id']}/{completed['id']}/")


async def make_inputs(ada: Person) -> dict[str, str]:
    """The ids of both samples, uploaded."""
    named = {"reference": "reference.png", "motion": "motion.mp4"}
    return {role: (await ada.upload(role, name)).json()["id"] for role, name in named.items()}


async def make_belongings(ada: Person, inputs: dict[str, str]) -> dict[str, str]:
    """A project, a workspace session and a group of hers, by the fields that name them."""
    project = await ada.client.post("/api/v1/projects", json={"name": "Foxes"})
    session = await ada.client.post("/api/v1/sessions", json={"name": "Tuesday"})
    batch = {"jobs": [{"job_type": "base", "inputs": inputs}]}
    group = await ada.client.post("/api/v1/jobs/batch", json=batch)
    return {
        "project_id": project.json()["id"],
        "workspace_session_id": session.json()["id"],
        "group_id": group.json()["jobs"][0]["group_id"],
    }


async def test_whatever_is_said_of_a_job_is_in_its_fields() -> None:
    with home() as folder:
        async with (
            rushes("up", "--port", "0", "--home", str(folder)) as site,
            person(await address_of(site)) as ada,
        ):
            inputs = await make_inputs(ada)
            asked = ASKED | await make_belongings(ada, inputs)
            answer = await ada.client.post(
                "/api/v1/jobs", json={"job_type": "base", "inputs": inputs} | asked
            )
            assert answer.status_code == 202, answer.text
            job = await ada.job(answer.json()["id"])

    assert {name: job[name] for name in asked} == asked


@pytest.mark.parametrize(
    ("change", "named"),
    [({"progress": 101}, {"progress"}), ({"created_at": "today"}, {"created_at"})],
)
def test_table_notices_a_wrong_type(change: dict[str, Any], named: set[str]) -> None:
    table = {"progress": percent, "created_at": lambda value: "T" in value}

    found = wrong({"progress": 100, "created_at": "2026-01-01T00:00:00Z"} | change, table)

    assert set(found) == named


def test_table_notices_a_missing_field() -> None:
    assert set(wrong({"output": {}}, {"output.video_url": text})) == {"output.video_url"}
