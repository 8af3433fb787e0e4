import re
from html import unescape

import httpx
import pytest

from rushes.db import media, queue
from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.web.pages.cards.card import BADGES
from rushes.web.pages.icons import NAMES
from tests.factories import claim_one, make_bare_job, make_post_model
from tests.web.finished_jobs import make_completed_job, make_failed_job
from tests.web.people import Person, make_inputs, make_queued_job


def headings(page: httpx.Response) -> list[str]:
    """What the cards of a page are about."""
    return re.findall(r'<h2 id="heading-[^>]*><a [^>]*>(.*?)</a>', page.text)


def link_to(page: httpx.Response, part: str) -> str:
    """Where a part of the page leads."""
    found = re.search(rf'href="([^"]*)"[^>]*data-part="{part}"', page.text)
    assert found is not None
    return unescape(found[1])


async def test_without_jobs_the_page_leads_to_the_first_one(ada: Person) -> None:
    page = (await ada.visit("/jobs")).text

    assert "No jobs yet" in page
    assert page.count('href="/create"') == 3
    assert "<article" not in page
    assert re.search(r'data-region="bar" hidden', page)


async def test_only_the_list_of_all_jobs_tells_of_new_ones(ada: Person, owner: Database) -> None:
    await make_bare_job(owner, ada.viewer, JobStatus.FAILED)

    addresses = ("/jobs", "/jobs?status=", "/jobs?status=failed", "/jobs?type=base", "/jobs?q=fox")
    telling = [path for path in addresses if "data-news" in (await ada.visit(path)).text]

    assert telling == ["/jobs", "/jobs?status="]


async def test_a_card_shows_a_running_job(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada, prompt="A <fox> & a hen")
    attempt = await claim_one(work)
    said = queue.Said(job_id=job.id, lease=attempt.lease, progress=42, text="Warping", eta_seconds=90.0)
    async with work.transaction() as tx:
        await queue.save_progress(tx, said=[said])

    page = (await ada.visit("/jobs")).text

    assert "A &lt;fox&gt; &amp; a hen" in page
    assert 'value="42"' in page
    assert "Warping" in page
    assert "1m 30s left" in page
    assert f'action="/jobs/{job.id}/cancel"' in page
    assert f'src="/jobs/{job.id}/media/reference"' in page
    assert "http-equiv" not in page, "a refresh would take the selection away"


async def test_a_card_shows_a_completed_job(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada)

    page = (await ada.visit("/jobs")).text

    assert f'href="/jobs/{job.id}/download"' in page
    assert f'href="/jobs/{job.id}/share"' in page
    assert f'href="/jobs/{job.id}/delete"' in page
    assert f'src="/jobs/{job.id}/media/poster"' in page
    assert "10 credits" in page
    assert "landscape" in page
    assert "just now" in page
    assert f"{job.id}/cancel" not in page
    assert "<video" not in page


async def test_a_failed_card_says_why_and_offers_another_try(
    ada: Person, owner: Database, work: Database
) -> None:
    job = await make_failed_job(owner, work, ada)

    page = (await ada.visit("/jobs")).text

    assert "No person." in page
    assert f'action="/jobs/{job.id}/retry"' in page


@pytest.mark.parametrize("status", list(JobStatus))
async def test_every_status_has_its_word_and_icon(ada: Person, owner: Database, status: JobStatus) -> None:
    await make_bare_job(owner, ada.viewer, status)

    page = (await ada.visit("/jobs")).text

    assert re.search(rf'class="badge {status}"><svg[^>]*>.*?</svg>{BADGES[status].word}<', page, re.DOTALL)
    assert BADGES[status].icon in NAMES


async def test_only_what_a_model_makes_is_offered(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada)
    offer = f'href="/create?from={job.id}&amp;as='

    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET enabled = slug = 'motion'")
    before = (await ada.visit("/jobs")).text
    await make_post_model(owner)
    after = (await ada.visit("/jobs")).text

    assert re.findall(rf'{re.escape(offer)}(\w+)"', before) == ["remix", "last_frame"]
    assert re.findall(rf'{re.escape(offer)}(\w+)"', after) == [
        "remix",
        "last_frame",
        "extend",
        "upscale",
        "subtitles",
        "audio",
    ]


async def test_tabs_count_and_filter(ada: Person, owner: Database) -> None:
    failed = await make_bare_job(owner, ada.viewer, JobStatus.FAILED)
    queued = await make_bare_job(owner, ada.viewer, JobStatus.QUEUED)

    page = (await ada.visit("/jobs?status=failed")).text
    none = (await ada.visit("/jobs?status=completed")).text

    assert re.search(r'href="/jobs\?status=failed"[^>]* aria-current="page">Failed <em>1</em>', page)
    assert re.findall(r"<em>(\d)</em>", page) == ["2", "0", "1", "0", "0", "0", "1", "0"]
    assert "0 rendering · 1 waiting" in page
    assert f"job-{failed}" in page
    assert f"job-{queued}" not in page
    assert "No such jobs" in none


async def test_a_search_looks_into_prompts_and_file_names(ada: Person, owner: Database) -> None:
    await make_queued_job(owner, ada, prompt="A red fox")
    await make_queued_job(owner, ada, prompt="A hen")
    inputs = await make_inputs(owner, ada)
    async with owner.transaction() as tx:
        await tx.execute(
            "UPDATE assets SET file_name = 'Foxtrot.mp4' WHERE id = ANY ($1)", list(inputs.values())
        )
        found = await media.list_assets_among(tx, asset_ids=inputs.values(), user_id=ada.viewer.user_id)
    await ada.post(
        "/jobs", {"job_type": "base", "inputs": {one.role: str(key) for key, one in found.items()}}
    )

    page = await ada.visit("/jobs?q=fox&status=&type=")

    assert headings(page) == ["Foxtrot.mp4", "A red fox"]
    assert 'value="fox"' in page.text
    assert "0 rendering · 3 waiting" in page.text


async def test_a_search_without_a_find_can_be_cleared(ada: Person, owner: Database) -> None:
    await make_queued_job(owner, ada, prompt="A hen")

    page = (await ada.visit("/jobs?q=%3Cfox%3E&type=base")).text

    assert "Nothing found for “&lt;fox&gt;”" in page
    assert 'href="/jobs?type=base">Clear the search' in page
    assert "0 rendering · 1 waiting" in page


async def test_the_type_filter_stays_in_every_link(ada: Person, owner: Database) -> None:
    await make_queued_job(owner, ada)

    page = (await ada.visit("/jobs?type=upscale")).text

    assert "and of this type" in page
    assert 'href="/jobs?type=upscale&amp;status=failed"' in page
    assert '<option value="upscale" selected>' in page


async def test_pages_lead_to_older_and_to_newer_jobs(ada: Person, owner: Database) -> None:
    made = [str(await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)) for _ in range(42)][::-1]
    shown = re.compile(r'data-job="([^"]+)"')

    first = await ada.visit("/jobs?status=completed")
    second = await ada.visit(link_to(first, "older"))
    third = await ada.visit(link_to(second, "older"))
    back = await ada.visit(link_to(third, "newer"))
    start = await ada.visit(link_to(back, "newer"))

    assert [shown.findall(page.text) for page in (first, second, third)] == [
        made[:20],
        made[20:40],
        made[40:],
    ]
    assert shown.findall(back.text) == made[20:40]
    assert shown.findall(start.text) == made[:20]
    assert 'data-part="newer"' not in start.text


async def test_a_list_that_goes_on_offers_all_that_match(ada: Person, owner: Database) -> None:
    for _ in range(21):
        await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)

    every = (await ada.visit("/jobs")).text
    failed = (await ada.visit("/jobs?status=failed")).text

    assert re.search(r'<label data-part="all"><input [^>]*name="all"[^>]*><span>All 21 jobs', every)
    assert re.search(r'<label data-part="all" hidden>', failed)
