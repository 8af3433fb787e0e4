import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from rushes.actions.submit import submit
from rushes.db.pool import Database
from rushes.domain.jobs import JobType
from rushes.domain.media import MediaLimits
from tests.factories import claim_one, complete, make_output, make_post_model, submission
from tests.web.finished_jobs import make_completed_job, make_failed_job
from tests.web.people import Person, make_queued_job


async def test_the_page_of_a_job_plays_its_output(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada, prompt="A fox.")

    page = (await ada.visit(f"/jobs/{job.id}")).text

    assert re.search(rf'<video[^>]* controls [^>]*src="/jobs/{job.id}/media/output"', page)
    assert f'poster="/jobs/{job.id}/media/poster"' in page
    assert str(job.id) in page


async def test_the_page_of_a_job_tells_its_story(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada, prompt="A fox.")

    page = (await ada.visit(f"/jobs/{job.id}")).text
    steps = page[page.index('class="steps"') :]

    assert re.findall(r'class="badge (\w+)"', steps) == ["queued", "processing", "completed"]
    assert "Succeeded after" in page
    assert "It went well." in page
    assert re.findall(r"<dt>(Held|Paid|Given back)</dt>", page) == ["Held", "Paid"]
    assert "<b>-10</b>" in page


@pytest.mark.parametrize(
    ("made_by", "word"), [({"signed": True}, "yes"), ({"signed": False}, "no"), ({}, "no")]
)
async def test_the_page_of_a_job_says_whether_its_output_has_content_credentials(
    ada: Person, owner: Database, work: Database, made_by: Mapping[str, Any], word: str
) -> None:
    job = await make_queued_job(owner, ada)
    before = (await ada.visit(f"/jobs/{job.id}/details")).text
    await complete(work, await claim_one(work), replace(make_output(), made_by=made_by), log="")

    after = (await ada.visit(f"/jobs/{job.id}/details")).text

    assert "Content credentials" not in before
    assert f"<dt>Content credentials</dt><dd>{word}</dd>" in after


async def test_what_a_job_was_asked_for_can_be_copied(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada, prompt='A "fox" & a hen')

    page = (await ada.visit(f"/jobs/{job.id}")).text

    assert 'data-copy="A &#34;fox&#34; &amp; a hen"' in page
    assert 'data-copy="20" aria-label="Copy inference steps"' in page
    assert "<dt>Seed</dt>" not in page


async def test_a_failed_job_says_why_and_what_was_logged(
    ada: Person, owner: Database, work: Database
) -> None:
    job = await make_failed_job(owner, work, ada)

    page = (await ada.visit(f"/jobs/{job.id}")).text

    assert re.search(r'class="notice bad" data-part="problem">.*?No person\.', page, re.DOTALL)
    assert "Nobody &lt;b&gt;there&lt;/b&gt;." in page


async def test_a_chain_leads_from_parent_to_child_and_back(
    ada: Person, owner: Database, work: Database
) -> None:
    parent = await make_completed_job(owner, work, ada)
    model = await make_post_model(owner)
    asked = submission(job_type=JobType.UPSCALE, model=model, parent_job_id=parent.id)
    child = await submit(owner, ada.viewer, asked, limits=MediaLimits())

    above, below = (await ada.visit(f"/jobs/{parent.id}")).text, (await ada.visit(f"/jobs/{child.id}")).text

    assert re.search(rf'<li><a href="/jobs/{child.id}">Upscaled', above)
    assert re.search(rf'<li><a href="/jobs/{parent.id}">Image in motion', below)


async def test_fragments_are_one_article(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    card = (await ada.visit(f"/jobs/{job.id}/card")).text.strip()
    details = (await ada.visit(f"/jobs/{job.id}/details")).text.strip()

    assert (card[:9], card[-10:]) == ("<article ", "</article>")
    assert (details[:9], details[-10:]) == ("<article ", "</article>")


async def test_stable_addresses_lead_to_signed_ones(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada)

    tile = await ada.visit(f"/jobs/{job.id}/media/reference")
    download = await ada.visit(f"/jobs/{job.id}/download")
    nothing = await ada.visit(f"/jobs/{job.id}/media/preview")

    assert (tile.status_code, download.status_code, nothing.status_code) == (302, 302, 404)
    assert tile.headers["location"].startswith("/media/images/")
    assert "download=rushes-" in download.headers["location"]


async def test_there_is_nothing_to_download_before_the_end(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.visit(f"/jobs/{job.id}/download")

    assert answer.status_code == 409
    assert "only a completed job has an output" in answer.text


async def test_static_files_never_change_under_their_address(client: httpx.AsyncClient) -> None:
    page = (await client.get("/login")).text
    address = re.search(r'href="(/static/\w+/css/base\.css)"', page)
    assert address is not None

    style = await client.get(address[1])
    older = await client.get("/static/older/css/base.css")
    nothing = await client.get("/static/older/nothing.css")
    favicon = await client.get("/favicon.ico")

    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    assert (older.status_code, older.headers["location"]) == (302, address[1])
    assert nothing.status_code == 404
    assert favicon.headers["location"].endswith("favicon.svg")
