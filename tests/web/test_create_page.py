import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.media import AssetRole
from rushes.web.multipart import FIELD_BYTES
from tests.factories import fetch_value, make_asset, make_painter, make_post_model, read_balance
from tests.web.people import Person, make_inputs, make_person
from tests.web.uploads import MP4, PNG, stored

REJECT = """
    CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.status := 'rejected';
        NEW.error_code := 'media_rejected';
        NEW.error_message := 'It is broken.';
        RETURN NEW;
    END
    $$
"""
REJECT_AT_ONCE = """
    CREATE TRIGGER reject BEFORE UPDATE ON assets
    FOR EACH ROW WHEN (NEW.status = 'checking') EXECUTE FUNCTION reject()
"""
"""Stands in for a worker that is as quick as can be."""

PICTURE = ("a.png", PNG)
FILM = ("b.mp4", MP4)
PROBLEM = re.compile(r'id="([\w.]+)-problem">(.*?)<')


def wrong_fields(answer: httpx.Response) -> list[str]:
    """The fields that a form names as wrong, in its order."""
    return [name for name, _ in PROBLEM.findall(answer.text)]


async def generate(person: Person, files: dict[str, Any] | None = None, /, **fields: str) -> httpx.Response:
    """Send the form for a new job; `files` are by their roles."""
    named = {f"inputs.{role}": file for role, file in (files or {}).items()}
    return await person.client.post(
        "/create", data=fields, files=named or {"none": ("", b"")}, headers=person.cookie
    )


async def list_jobs(person: Person) -> list[dict[str, Any]]:
    """The person's jobs, newest first."""
    return (await person.get("/jobs")).json()["jobs"]


async def disable_all_but(owner: Database, *slugs: str) -> None:
    """Have an operator offer nothing but some models."""
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET enabled = slug = ANY ($1::text[])", slugs)


async def test_the_form_says_what_it_takes_and_what_it_costs(ada: Person, owner: Database) -> None:
    await disable_all_but(owner, "motion")

    page = (await ada.visit("/create")).text

    assert 'enctype="multipart/form-data"' in page
    assert "5 at 480p · 10 at 720p" in page
    assert "PNG, JPG, WEBP up to 48.8 KiB" in page
    assert "MP4, MOV, WEBM, MKV up to 48.8 KiB, 60 s" in page
    assert 'aria-label="What to make"' not in page, "there is nothing to choose between"


async def test_tabs_lead_to_what_a_model_makes(ada: Person, owner: Database) -> None:
    await make_painter(owner)
    await disable_all_but(owner, "motion", "painter")

    page = (await ada.visit("/create?type=image")).text

    assert re.findall(r'href="/create\?type=(\w+)"', page) == ["base", "text_to_video", "image", "render"]
    assert 'href="/create?type=image" aria-current="page"' in page


async def test_models_that_ship_make_all_but_templates(ada: Person) -> None:
    page = (await ada.visit("/create")).text

    offered = re.findall(r'href="/create\?type=(\w+)"', page)
    assert offered == ["base", "text_to_video", "image", "extend", "upscale", "subtitles", "audio"]


async def test_what_no_model_makes_cannot_be_asked_for(ada: Person) -> None:
    page = (await ada.visit("/create?type=render")).text

    assert "No model makes this here at the moment." in page
    assert "Generate" not in page


@pytest.mark.parametrize(
    ("job_type", "fields"),
    [
        ("base", ["inputs.reference", "inputs.motion", "inputs.mask", "options.motion_mode"]),
        ("text_to_video", ["inputs.reference", "options.seconds", "orientation", "negative_prompt"]),
        ("image", ["inputs.reference", "options.reference_strength", "options.exact_copy_mode"]),
        ("render", ["inputs.template", "inputs.data", "options.template"]),
    ],
)
async def test_each_job_type_has_its_fields(
    ada: Person, owner: Database, job_type: str, fields: list[str]
) -> None:
    await make_painter(owner)

    page = (await ada.visit(f"/create?type={job_type}")).text

    assert set(fields) <= set(re.findall(r'name="([\w.]+)"', page))


async def test_options_have_the_ranges_of_their_schema(ada: Person) -> None:
    page = (await ada.visit("/create")).text

    steps = re.search(r'<input id="options.advanced.inference_steps"[^>]*>', page)
    assert steps is not None
    assert re.search(r'value="20" type="number" min="10" max="50" step="1"', steps[0])
    assert "Refinement steps. 10 to 50." in page


async def test_the_form_makes_a_job(ada: Person) -> None:
    answer = await generate(
        ada,
        {"reference": PICTURE, "motion": FILM},
        prompt="A fox,\r\nrunning.",
        **{
            "options.resolution": "720p",
            "options.advanced.seed": "7",
            "options.advanced.inference_steps": "",
            "options.safety_checker_image": "on",
        },
    )

    (job,) = await list_jobs(ada)
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert (job["prompt"], job["status"]) == ("A fox,\nrunning.", "validating")
    assert job["options"] == {
        "resolution": "720p",
        "video_quality": "high",
        "motion_mode": "cutout",
        "reference_box": None,
        "motion_box": None,
        "safety_checker_image": True,
        "safety_checker_video": False,
        "advanced": {"seed": 7, "inference_steps": 20, "cfg_scale": 1.0},
    }


@pytest.mark.parametrize("job_type", ["text_to_video", "image"])
async def test_words_alone_make_a_job(ada: Person, owner: Database, job_type: str) -> None:
    await make_painter(owner)

    words = {"prompt": "A fox.", "negative_prompt": "Rain."}

    answer = await generate(ada, job_type=job_type, model="painter", orientation="portrait", **words)

    (job,) = await list_jobs(ada)
    assert answer.status_code == 303
    assert (job["job_type"], job["orientation"], job["negative_prompt"]) == (job_type, "portrait", "Rain.")


async def test_a_mask_and_boxes_go_into_the_job(ada: Person) -> None:
    sides = {"x": "0.25", "y": "0.1", "width": "0.5", "height": "0.333"}

    answer = await generate(
        ada,
        {"reference": PICTURE, "motion": FILM, "mask": ("mask.png", PNG)},
        **{f"options.reference_box.{side}": share for side, share in sides.items()},
    )

    (job,) = await list_jobs(ada)
    assert answer.status_code == 303
    assert job["input"]["mask"] is not None
    assert job["options"]["reference_box"] == {side: float(share) for side, share in sides.items()}
    assert job["options"]["motion_box"] is None


async def test_a_box_that_leaves_the_picture_is_named(ada: Person) -> None:
    sides = {"x": "0.75", "y": "0", "width": "0.5", "height": "1"}

    answer = await generate(
        ada,
        {"reference": PICTURE, "motion": FILM},
        **{f"options.motion_box.{side}": share for side, share in sides.items()},
    )

    assert wrong_fields(answer) == ["options.motion_box.width"]


async def test_files_that_were_sent_before_are_named_by_their_ids(ada: Person, owner: Database) -> None:
    inputs = await make_inputs(owner, ada)

    await generate(ada, **{f"inputs.{role}": str(asset_id) for role, asset_id in inputs.items()})

    (job,) = await list_jobs(ada)
    assert (job["status"], job["price"]) == ("queued", 10)


async def test_three_at_once_are_a_group_with_a_seed_each(ada: Person, owner: Database) -> None:
    inputs = await make_inputs(owner, ada)
    named = {f"inputs.{role}": str(asset_id) for role, asset_id in inputs.items()}

    await generate(ada, count="3", **named, **{"options.advanced.seed": "4294967295"})

    jobs = await list_jobs(ada)
    assert len({job["group_id"] for job in jobs}) == 1
    assert sorted(job["options"]["advanced"]["seed"] for job in jobs) == [0, 1, 4294967295]


async def test_a_form_that_is_sent_twice_makes_one_job(ada: Person, owner: Database, folder: Path) -> None:
    key = str(uuid4())

    first = await generate(ada, {"reference": PICTURE, "motion": FILM}, key=key)
    again = await generate(ada, {"reference": PICTURE, "motion": FILM}, key=key)

    assert (first.status_code, again.status_code) == (303, 303)
    assert len(await list_jobs(ada)) == 1
    assert len(stored(folder)) == 2


async def test_a_form_that_was_changed_makes_another_job(ada: Person, owner: Database) -> None:
    inputs = await make_inputs(owner, ada)
    named = {f"inputs.{role}": str(asset_id) for role, asset_id in inputs.items()}
    key = str(uuid4())

    await generate(ada, key=key, prompt="A fox.", **named)
    await generate(ada, key=key, prompt="A hen.", **named)

    assert [job["prompt"] for job in await list_jobs(ada)] == ["A hen.", "A fox."]


async def test_a_script_stays_on_the_page(ada: Person, owner: Database) -> None:
    await make_painter(owner)

    key = str(uuid4())

    answer = await generate(ada, job_type="image", model="painter", prompt="A fox.", stays="1", key=key)

    (job,) = await list_jobs(ada)
    assert answer.status_code == 201
    assert re.search(rf'data-submitted>The job was submitted. <a href="/jobs/{job["id"]}">', answer.text)
    assert ">A fox.</textarea>" in answer.text
    assert key not in answer.text, "the next job is another one"


@pytest.mark.parametrize(
    ("files", "fields", "wrong"),
    [
        ({"reference": ("", b""), "motion": ("", b"")}, {}, ["inputs.reference", "inputs.motion"]),
        ({"reference": PICTURE}, {}, ["inputs.motion"]),
        (
            {"reference": ("a.png", b"text"), "motion": ("b.mp4", b"")},
            {},
            ["inputs.reference", "inputs.motion"],
        ),
        (
            {"reference": ("a.png", PNG + bytes(50_000)), "motion": FILM},
            {"prompt": "x" * 1001, "options.resolution": "9p", "options.advanced.cfg_scale": "many"},
            ["inputs.reference", "prompt", "options.resolution", "options.advanced.cfg_scale"],
        ),
    ],
)
async def test_a_wrong_form_names_every_field_and_makes_nothing(
    ada: Person, owner: Database, files: dict[str, Any], fields: dict[str, str], wrong: list[str]
) -> None:
    answer = await generate(ada, files, **fields)

    assert answer.status_code == 422
    assert wrong_fields(answer) == wrong
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 0


async def test_what_was_typed_and_sent_stays_in_the_form(ada: Person, owner: Database) -> None:
    answer = await generate(
        ada,
        {"reference": PICTURE},
        prompt="A <fox>.",
        **{"options.resolution": "720p", "options.advanced.inference_steps": "12"},
    )

    kept = await fetch_value(owner, "SELECT id FROM assets WHERE role = 'reference'")
    assert ">A &lt;fox&gt;.</textarea>" in answer.text
    assert '<option value="720p" selected>' in answer.text
    assert re.search(r'name="options.advanced.inference_steps" value="12"', answer.text)
    assert f'<input type="hidden" name="inputs.reference" value="{kept}">' in answer.text
    assert not re.search(r'name="options.safety_checker_video"[^>]* checked', answer.text)


async def test_a_second_file_for_a_role_is_refused(ada: Person) -> None:
    twice = [("inputs.reference", PICTURE), ("inputs.reference", PICTURE), ("inputs.motion", FILM)]

    answer = await ada.client.post("/create", files=twice, headers=ada.cookie)

    assert answer.status_code == 422
    assert ("inputs.reference", "Choose one file.") in PROBLEM.findall(answer.text)
    assert await list_jobs(ada) == []


async def test_what_the_form_does_not_ask_for_is_not_kept(ada: Person) -> None:
    answer = await generate(ada, {"reference": PICTURE, "motion": FILM}, other="x" * (FIELD_BYTES + 1))

    assert answer.status_code == 303


async def test_a_problem_that_no_field_has_is_said_above_the_form(ada: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET enabled = false")

    answer = await generate(ada, {"reference": PICTURE, "motion": FILM})

    assert answer.status_code == 422
    assert re.search(r'role="alert">.*?There is no model &#39;motion&#39;', answer.text, re.DOTALL)


async def test_a_form_that_cannot_be_paid_says_so(owner: Database, client: httpx.AsyncClient) -> None:
    poor = await make_person(owner, client, credits_=1)

    answer = await generate(poor, {"reference": PICTURE, "motion": FILM})

    assert answer.status_code == 402
    assert "This costs 300 credits; the account has 1." in answer.text
    assert await read_balance(owner, poor.viewer) == 1


async def test_a_rejected_file_is_named_on_the_form(ada: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute(REJECT)
        await tx.execute(REJECT_AT_ONCE)

    answer = await generate(ada, {"reference": PICTURE, "motion": FILM})

    assert answer.status_code == 422
    assert PROBLEM.findall(answer.text) == [
        ("inputs.reference", "It is broken."),
        ("inputs.motion", "It is broken."),
    ]


async def test_files_of_others_cannot_be_used(ada: Person, bob: Person, owner: Database) -> None:
    theirs = await make_inputs(owner, bob)

    answer = await generate(ada, **{f"inputs.{role}": str(asset_id) for role, asset_id in theirs.items()})

    assert [message for _, message in PROBLEM.findall(answer.text)] == ["There is no such asset."] * 2
    assert await list_jobs(ada) == []


async def test_only_projects_of_the_viewer_are_offered(ada: Person, bob: Person) -> None:
    mine = (await ada.post("/projects", {"name": "Mine 🦊"})).json()["id"]
    await bob.post("/projects", {"name": "Theirs"})

    page = (await ada.visit("/create")).text

    assert f'<option value="{mine}">Mine 🦊</option>' in page
    assert "Theirs" not in page


async def test_a_rejected_upload_cannot_be_looked_at(ada: Person, owner: Database) -> None:
    picture = await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE)

    found, missing = await ada.visit(f"/create/files/{picture}"), await ada.visit(f"/create/files/{uuid4()}")

    assert (found.status_code, missing.status_code) == (302, 404)
    assert found.headers["location"].startswith("/media/images/")


async def test_the_post_model_is_offered_with_its_tabs(ada: Person, owner: Database) -> None:
    await make_post_model(owner)

    page = (await ada.visit("/create?type=extend")).text

    assert "Nothing to work on yet" in page
    assert "Generate" not in page
