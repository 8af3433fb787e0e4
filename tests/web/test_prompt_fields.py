"""What a job is told of its prompt: kept, shown, and handed on to its engine."""

from typing import Any
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from tests.factories import fetch_value, make_painter
from tests.web.people import Person, wrong_fields

IMAGE = {"job_type": "image", "model": "painter", "prompt": "A fox."}
TOLD: dict[str, Any] = {
    "original_prompt": "fox",
    "enhanced_prompt": "A fox, golden hour.",
    "enhancement_strategy": "expand",
    "enhancement_time_ms": 12,
    "compel_weights": {"fox": 1.21, "golden hour": 0.9},
    "qwen_expansion_percentage": 216.7,
    "template_name": "Evening",
    "prompt_test_id": str(uuid4()),
    "test_metadata": {"variant": "b", "run": 3},
}


@pytest.fixture(autouse=True)
async def models(owner: Database) -> None:
    """A model that makes pictures of words."""
    await make_painter(owner)


async def test_what_is_told_of_a_prompt_is_shown_again(ada: Person) -> None:
    sent = await ada.post("/jobs", IMAGE | TOLD)

    shown = (await ada.get(f"/jobs/{sent.json()['id']}")).json()
    (listed,) = (await ada.get("/jobs")).json()["jobs"]
    assert sent.status_code == 202
    assert [{name: job[name] for name in TOLD} for job in (sent.json(), shown, listed)] == [TOLD] * 3
    assert shown["prompt"] == "A fox."


async def test_what_is_not_told_is_null(ada: Person) -> None:
    job = (await ada.post("/jobs", IMAGE)).json()

    unknown = [*TOLD, "quality_rating", "quality_improvement"]
    assert [job[name] for name in unknown] == [None] * len(unknown)


async def test_every_job_of_a_batch_can_be_of_one_prompt_test(ada: Person) -> None:
    test = {"prompt_test_id": TOLD["prompt_test_id"]}
    variants = [IMAGE | test | {"test_metadata": {"variant": name}} for name in "ab"]

    jobs = (await ada.post("/jobs/batch", {"jobs": variants})).json()["jobs"]

    assert {job["prompt_test_id"] for job in jobs} == set(test.values())
    assert [job["test_metadata"]["variant"] for job in jobs] == ["a", "b"]


async def test_an_enhanced_prompt_is_sent_with_a_job_as_it_was_answered(ada: Person) -> None:
    template = {"name": "Evening", "body": "{prompt}++, golden hour"}
    await ada.post("/prompt-templates", template)
    enhanced = (await ada.post("/prompts/enhance", {"prompt": "a fox", "template_name": "Evening"})).json()

    sent = await ada.post("/jobs", IMAGE | enhanced["job_fields"])

    job = sent.json()
    assert sent.status_code == 202
    assert (job["prompt"], job["original_prompt"]) == ("a fox", "a fox")
    assert job["enhanced_prompt"] == enhanced["enhanced"] == "a fox++, golden hour"
    assert (job["enhancement_strategy"], job["template_name"]) == ("template", "Evening")
    assert job["compel_weights"] == {"fox": 1.21}
    assert job["qwen_expansion_percentage"] == enhanced["expansion_percentage"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"original_prompt": ""}, "original_prompt"),
        ({"enhanced_prompt": "x" * 1001}, "enhanced_prompt"),
        ({"enhancement_strategy": "x" * 51}, "enhancement_strategy"),
        ({"enhancement_time_ms": -1}, "enhancement_time_ms"),
        ({"enhancement_time_ms": True}, "enhancement_time_ms"),
        ({"compel_weights": {"fox": 11}}, "compel_weights.fox"),
        ({"compel_weights": {"fox": True}}, "compel_weights.fox"),
        ({"compel_weights": dict.fromkeys(map(str, range(101)), 1)}, "compel_weights"),
        ({"compel_weights": [1]}, "compel_weights"),
        ({"qwen_expansion_percentage": -101}, "qwen_expansion_percentage"),
        ({"qwen_expansion_percentage": "much"}, "qwen_expansion_percentage"),
        ({"template_name": ""}, "template_name"),
        ({"prompt_test_id": "one"}, "prompt_test_id"),
        ({"test_metadata": {"text": "x" * 20_000}}, "test_metadata"),
        ({"quality_rating": 5}, "quality_rating"),
    ],
)
async def test_what_cannot_be_told_of_a_prompt_is_named(
    ada: Person, owner: Database, wrong: dict[str, Any], field: str
) -> None:
    answer = await ada.post("/jobs", IMAGE | wrong)

    assert answer.status_code == 422
    assert [name for name in wrong_fields(answer) if name.endswith(field)] != []
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 0
