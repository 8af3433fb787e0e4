"""The files of a job as the tiles of its card."""

import re
from dataclasses import replace

import pytest
from uuid_utils.compat import uuid7

from rushes.actions.submit import submit
from rushes.db import media
from rushes.db.pool import Database
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus, JobType
from rushes.domain.media import AssetRole, MediaLimits, Probe, StoredOutput
from tests.factories import (
    SHA256,
    claim_one,
    complete,
    make_bare_job,
    make_output,
    make_painter,
    make_post_model,
    retry_or_fail,
    submission,
)
from tests.web.people import Person, make_queued_job
from tests.web.test_job_events import say

PREVIEW = Probe(media_type="video/mp4", width=288, height=288, duration_seconds=2.5, fps=12.0, frames=30)


async def tiles(person: Person, job: Job) -> dict[str, str]:
    """The tiles of a job's card by their names."""
    card = (await person.visit(f"/jobs/{job.id}/card")).text
    found = re.findall(r'<li class="tile [^"]*" data-part="(\w+)".*?</li>', card, re.DOTALL)
    texts = re.findall(r'<li class="tile .*?</li>', card, re.DOTALL)
    return dict(zip(found, texts, strict=True))


async def ids_of(owner: Database, job: Job) -> dict[AssetRole, str]:
    async with owner.transaction() as tx:
        files = (await media.list_job_assets(tx, job_ids=[job.id]))[job.id]
    return {role: str(asset.id) for role, asset in files.items()}


async def test_a_tile_names_the_file_that_it_shows(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    before = await tiles(ada, job)
    job = await complete(work, await claim_one(work), make_output(), log="")

    after = await tiles(ada, job)

    ids = await ids_of(owner, job)
    assert list(after) == ["ref", "src", "output"]
    assert (after["ref"], after["src"]) == (before["ref"], before["src"])
    assert f'data-state="{ids[AssetRole.REFERENCE]}"' in after["ref"]
    assert f'data-state="{ids[AssetRole.OUTPUT]}"' in after["output"]
    assert 'data-state="queued"' in before["output"]


async def test_what_works_on_an_output_shows_it_as_its_source(
    ada: Person, owner: Database, work: Database
) -> None:
    model = await make_post_model(owner)
    parent = await make_queued_job(owner, ada)
    wanted = submission(job_type=JobType.UPSCALE, model=model, parent_job_id=parent.id)
    child = await submit(owner, ada.viewer, wanted, limits=MediaLimits())
    before = await tiles(ada, child)
    await complete(work, await claim_one(work), make_output(), log="")

    after = await tiles(ada, child)
    await ada.post(f"/jobs/{child.id}/cancel")
    deleted = await ada.delete(f"/jobs/{parent.id}")
    orphaned = await tiles(ada, child)

    assert list(before) == list(after) == ["src", "output"]
    assert "Source: not there yet" in before["src"]
    assert f'href="/jobs/{parent.id}/media/output"' in after["src"]
    assert f'href="/jobs/{child.id}/media' not in "".join(after.values())
    assert (deleted.status_code, list(orphaned)) == (204, ["output"])


async def test_a_job_without_a_prompt_is_called_by_the_file_of_its_parent(
    ada: Person, owner: Database
) -> None:
    model = await make_post_model(owner)
    parent = await make_queued_job(owner, ada)
    wanted = submission(job_type=JobType.UPSCALE, model=model, parent_job_id=parent.id)
    child = await submit(owner, ada.viewer, wanted, limits=MediaLimits())
    async with owner.transaction() as tx:
        await tx.execute("UPDATE assets SET file_name = 'fox.png' WHERE user_id = $1", ada.viewer.user_id)

    card = (await ada.visit(f"/jobs/{child.id}/card")).text

    assert "fox.png" in card
    assert f"Job {str(child.id)[-8:]}" not in card


async def test_a_tile_says_what_can_be_previewed_and_played(
    ada: Person, owner: Database, work: Database
) -> None:
    job = await make_queued_job(owner, ada)
    output = make_output()
    short = StoredOutput(
        asset_id=AssetId(uuid7()), role=AssetRole.PREVIEW, key="p.mp4", bytes=1, sha256=SHA256, probe=PREVIEW
    )
    files = {**output.files, AssetRole.PREVIEW: short}
    await complete(work, await claim_one(work), replace(output, files=files), log="")

    found = await tiles(ada, job)

    address = f"/jobs/{job.id}/media"
    assert 'data-preview-kind="image"' in found["ref"]
    assert "data-hover" not in found["ref"]
    assert f'data-preview-kind="video" data-hover="{address}/motion"' in found["src"]
    assert f'href="{address}/output"' in found["output"]
    assert f'data-preview-kind="video" data-hover="{address}/preview" data-fps="8.0"' in found["output"]


async def test_a_tile_shows_how_far_its_file_is(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    await say(work, await claim_one(work), 44, "Warping")

    output = (await tiles(ada, job))["output"]

    assert "<span data-percent>44</span>" in output
    assert '<progress max="100" value="44"' in output
    assert "href" not in output


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (JobStatus.PENDING, "not there yet"),
        (JobStatus.CANCELLED, "the job was cancelled"),
        (JobStatus.COMPLETED, "no longer kept"),
    ],
)
async def test_a_tile_says_why_nothing_is_there(
    ada: Person, owner: Database, status: JobStatus, words: str
) -> None:
    job_id = await make_bare_job(owner, ada.viewer, status)

    card = (await ada.visit(f"/jobs/{job_id}/card")).text

    assert f"Output: {words}" in card
    assert "Reference image: not there" in card


async def test_a_tile_of_a_failed_job_says_so(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    await retry_or_fail(
        work, await claim_one(work), error_code="x", error_message="No.", retryable=False, log=""
    )

    output = (await tiles(ada, job))["output"]

    assert "Output: the job failed" in output
    assert 'data-state="failed"' in output


async def test_a_job_of_words_alone_has_one_tile(ada: Person, owner: Database) -> None:
    asked = submission(job_type=JobType.TEXT_TO_VIDEO, model=await make_painter(owner), prompt="A fox")
    job = await submit(owner, ada.viewer, asked, limits=MediaLimits())

    found = await tiles(ada, job)

    assert list(found) == ["output"]
