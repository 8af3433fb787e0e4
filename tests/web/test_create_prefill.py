import re
from pathlib import Path
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.media import AssetRole, Bucket
from rushes.domain.options import BaseOptions
from rushes.storage.store import Storage
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_asset,
    make_output,
    make_painter,
    make_picture,
    make_post_model,
    stream,
)
from tests.web.people import Person, make_queued_job
from tests.web.test_create_page import generate, list_jobs, wrong_fields
from tests.web.uploads import MP4, stored

INPUT = "SELECT asset_id FROM job_inputs WHERE job_id = $1 AND role = $2"
NAME_REFERENCE = """
    UPDATE assets SET file_name = 'fox.png'
    WHERE id = (SELECT asset_id FROM job_inputs WHERE job_id = $1 AND role = 'reference')
    RETURNING true
"""


def hidden_values(page: str) -> dict[str, str]:
    """What the form sends that nobody sees."""
    return dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">', page))


async def test_a_remix_takes_over_what_the_job_was_made_of(ada: Person, owner: Database) -> None:
    options = BaseOptions.model_validate({"resolution": "720p", "advanced": {"seed": 9}})
    job = await make_queued_job(owner, ada, prompt="A <fox>.", options=options)
    kept = {role: await fetch_value(owner, INPUT, job.id, role) for role in ("reference", "motion")}

    page = (await ada.visit(f"/create?from={job.id}&as=remix")).text

    hidden = hidden_values(page)
    assert ">A &lt;fox&gt;.</textarea>" in page
    assert '<option value="720p" selected>' in page
    assert re.search(r'name="options.advanced.seed"[^>]* value="9"', page)
    assert {role: hidden[f"inputs.{role}"] for role in kept} == {
        role: str(asset_id) for role, asset_id in kept.items()
    }
    assert "parent_job_id" not in hidden


@pytest.mark.parametrize("kind", ["extend", "upscale", "subtitles", "audio"])
async def test_what_continues_a_job_names_it_as_its_parent(
    ada: Person, owner: Database, work: Database, kind: str
) -> None:
    await make_post_model(owner)
    job = await make_queued_job(owner, ada, prompt="A fox.")
    await complete(work, await claim_one(work), make_output(), log="")

    page = (await ada.visit(f"/create?from={job.id}&as={kind}")).text

    hidden = hidden_values(page)
    assert (hidden["job_type"], hidden["parent_job_id"]) == (kind, str(job.id))
    assert re.search(rf'<a class="source" href="/jobs/{job.id}">.*?Works on.*?A fox\.', page, re.DOTALL)


async def test_a_longer_video_is_asked_for_by_the_form(ada: Person, owner: Database, work: Database) -> None:
    await make_post_model(owner)
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")

    answer = await generate(
        ada,
        job_type="extend",
        model="polish",
        parent_job_id=str(job.id),
        **{"options.mode": "pingpong", "options.seconds": "2"},
    )

    made, _ = await list_jobs(ada)
    assert answer.status_code == 303
    assert (made["job_type"], made["parent_job_id"]) == ("extend", str(job.id))
    assert made["options"]["mode"] == "pingpong"


async def test_a_wrong_form_keeps_its_parent(ada: Person, owner: Database, work: Database) -> None:
    await make_post_model(owner)
    job = await make_queued_job(owner, ada, prompt="A fox.")
    await complete(work, await claim_one(work), make_output(), log="")

    answer = await generate(
        ada, job_type="subtitles", model="polish", parent_job_id=str(job.id), **{"options.language": "?"}
    )

    assert answer.status_code == 422
    assert wrong_fields(answer) == ["options.language"]
    assert hidden_values(answer.text)["parent_job_id"] == str(job.id)


async def test_without_a_parent_completed_jobs_are_offered(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_post_model(owner)
    job = await make_queued_job(owner, ada, prompt="A fox.")
    await complete(work, await claim_one(work), make_output(), log="")

    page = (await ada.visit("/create?type=upscale")).text

    assert f'href="/create?from={job.id}&amp;as=upscale"' in page


async def test_an_offered_job_without_a_prompt_is_called_by_its_file(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_post_model(owner)
    job = await make_queued_job(owner, ada)
    await fetch_value(owner, NAME_REFERENCE, job.id)
    await complete(work, await claim_one(work), make_output(), log="")

    page = (await ada.visit("/create?type=upscale")).text

    assert "fox.png" in page


async def test_the_last_frame_takes_the_place_of_the_reference(
    ada: Person, owner: Database, work: Database
) -> None:
    job = await make_queued_job(owner, ada, prompt="A fox.")
    await complete(work, await claim_one(work), make_output(), log="")

    page = (await ada.visit(f"/create?from={job.id}&as=last_frame")).text

    hidden = hidden_values(page)
    assert f'data-frame="/jobs/{job.id}/media/output"' in page
    assert "Begins with the last frame of" in page
    assert hidden["inputs.reference"] == ""
    assert hidden["inputs.motion"] != ""


async def test_jobs_and_files_of_others_are_not_there(ada: Person, bob: Person, owner: Database) -> None:
    job = await make_queued_job(owner, bob)
    picture = await make_asset(owner, bob.viewer, role=AssetRole.REFERENCE)

    answers = [
        await ada.visit(path)
        for path in (
            f"/create?from={job.id}",
            f"/create?from={uuid4()}",
            f"/create?reference={picture}",
            f"/create?reference={uuid4()}",
            f"/create/files/{picture}",
        )
    ]

    assert [answer.status_code for answer in answers] == [404] * 5


async def test_files_to_pick_fit_the_role(ada: Person, bob: Person, owner: Database, work: Database) -> None:
    await make_painter(owner)
    mine = await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE)
    theirs = await make_asset(owner, bob.viewer, role=AssetRole.REFERENCE)
    film = await make_asset(owner, ada.viewer, role=AssetRole.MOTION)
    await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_picture(), log="")
    made = await fetch_value(owner, "SELECT id FROM assets WHERE role = 'output'")

    page = (await ada.visit(f"/create/pick?role=reference&type=base&motion={film}")).text

    found = re.findall(r'data-pick="reference" data-id="([^"]+)"', page)
    assert {str(mine), str(made)} <= set(found)
    assert not {str(theirs), str(film)} & set(found)
    assert f'href="/create?type=base&amp;motion={film}&amp;reference={mine}"' in page


async def test_older_files_are_a_page_away(ada: Person, owner: Database) -> None:
    made = [await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE) for _ in range(25)]

    first = (await ada.visit("/create/pick?role=reference")).text
    older = re.search(r'href="(/create/pick\?role=reference&amp;cursor=[^"]+)"', first)
    assert older is not None
    second = (await ada.visit(older[1].replace("&amp;", "&"))).text

    assert first.count("data-pick=") == 24
    assert re.findall(r'data-id="([^"]+)"', second) == [str(made[0])]


async def test_an_output_is_copied_to_become_an_input(
    ada: Person, owner: Database, work: Database, storage: Storage, folder: Path
) -> None:
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")
    output = await fetch_value(owner, "SELECT id FROM assets WHERE job_id = $1", job.id)
    key = await fetch_value(owner, "SELECT key FROM assets WHERE id = $1", output)
    await storage.write(Bucket.OUTPUTS, key, stream(MP4))
    async with owner.transaction() as tx:
        await tx.execute("UPDATE assets SET bytes = $2 WHERE id = $1", output, len(MP4))
    picture = await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE)

    answer = await generate(ada, **{"inputs.reference": str(picture), "inputs.motion": str(output)})

    (made, _) = await list_jobs(ada)
    used = await fetch_value(owner, INPUT, made["id"], "motion")
    assert answer.status_code == 303
    assert used != output
    assert len(stored(folder)) == 2
