import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from rushes.db import queue
from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.domain.media import AssetRole, Probe, StoredOutput
from rushes.web.multipart import FIELD_BYTES
from rushes.web.pages.cards import BADGES
from rushes.web.pages.icons import NAMES
from tests.factories import (
    SHA256,
    claim_one,
    complete,
    fetch_value,
    make_bare_job,
    make_output,
    read_balance,
    read_job,
    retry_or_fail,
)
from tests.web.people import Person, make_person, make_queued_job
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

POSTER = Probe(media_type="image/webp", width=288, height=512)


async def make_completed_job(owner: Database, work: Database, person: Person, **changes: Any) -> Any:
    """A job with an output and its poster."""
    job = await make_queued_job(owner, person, **changes)
    output = make_output()
    film = output.files[AssetRole.OUTPUT]
    poster = StoredOutput(
        asset_id=job.id, role=AssetRole.POSTER, key=f"{job.id}.webp", bytes=1, sha256=SHA256, probe=POSTER
    )
    files = {AssetRole.OUTPUT: film, AssetRole.POSTER: poster}
    return await complete(work, await claim_one(work), replace(output, files=files), log="")


async def generate(person: Person, files: dict[str, Any], **fields: str) -> httpx.Response:
    """Send the form for a new job."""
    return await person.client.post("/jobs", data=fields, files=files, headers=person.cookie)


async def test_without_jobs_the_page_says_what_to_do(ada: Person) -> None:
    page = (await ada.visit("/jobs")).text

    assert "No jobs yet" in page
    assert 'enctype="multipart/form-data"' in page
    assert "5 at 480p or 10 at 720p" in page
    assert "<article" not in page


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
    assert "/js/shell.js" in page
    assert "http-equiv" not in page, "a refresh would empty a form that is being filled in"


async def test_a_card_shows_a_completed_job(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada)

    page = (await ada.visit("/jobs")).text

    assert f'href="/jobs/{job.id}/download"' in page
    assert f'src="/jobs/{job.id}/media/poster"' in page
    assert "10 credits" in page
    assert "/cancel" not in page
    assert "<video" not in page


async def test_a_failed_job_says_why(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    await retry_or_fail(
        work, await claim_one(work), error_code="x", error_message="No person.", retryable=False, log=""
    )

    listed, shown = (await ada.visit("/jobs")).text, (await ada.visit(f"/jobs/{job.id}")).text

    assert "No person." in listed
    assert "No person." in shown


@pytest.mark.parametrize("status", list(JobStatus))
async def test_every_status_has_its_word_and_icon(ada: Person, owner: Database, status: JobStatus) -> None:
    await make_bare_job(owner, ada.viewer, status)

    page = (await ada.visit("/jobs")).text

    assert re.search(rf'class="badge {status}"><svg[^>]*>.*?</svg>{BADGES[status].word}<', page, re.DOTALL)
    assert BADGES[status].icon in NAMES


async def test_the_page_of_a_job_plays_its_output(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada, prompt="A fox.")

    page = (await ada.visit(f"/jobs/{job.id}")).text

    assert re.search(rf'<video[^>]* controls [^>]*src="/jobs/{job.id}/media/output"', page)
    assert f'poster="/jobs/{job.id}/media/poster"' in page
    assert str(job.id) in page


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


async def test_cancel_from_the_page(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.press(f"/jobs/{job.id}/cancel")
    again = await ada.press(f"/jobs/{job.id}/cancel")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs#job-{job.id}")
    assert again.status_code == 409
    assert (await read_job(owner, job.id)).status == "cancelled"


async def test_tabs_count_and_filter(ada: Person, owner: Database) -> None:
    failed = await make_bare_job(owner, ada.viewer, JobStatus.FAILED)
    queued = await make_bare_job(owner, ada.viewer, JobStatus.QUEUED)

    page = (await ada.visit("/jobs?status=failed")).text
    none = (await ada.visit("/jobs?status=completed")).text

    assert 'href="/jobs?status=failed" aria-current="page">Failed <em>1</em>' in page
    assert f"job-{failed}" in page
    assert f"job-{queued}" not in page
    assert "No job is in this state." in none


async def test_older_jobs_are_a_page_away(ada: Person, owner: Database) -> None:
    made = [await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED) for _ in range(21)]

    first = (await ada.visit("/jobs?status=completed")).text
    older = re.search(r'href="(/jobs\?status=completed&amp;cursor=[^"]+)"', first)
    assert older is not None
    second = (await ada.visit(older[1].replace("&amp;", "&"))).text

    assert first.count("<article") == 20
    assert second.count("<article") == 1
    assert f"job-{made[0]}" in second


async def test_the_form_makes_a_job(ada: Person, owner: Database) -> None:
    answer = await generate(
        ada,
        {"reference": ("a.png", PNG), "motion": ("b.mp4", MP4)},
        prompt="A fox.",
        resolution="720p",
    )

    (job,) = (await ada.get("/jobs")).json()["jobs"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert (job["prompt"], job["options"]["resolution"], job["status"]) == ("A fox.", "720p", "validating")


@pytest.mark.parametrize(
    ("files", "fields", "wrong"),
    [
        ({"reference": ("", b""), "motion": ("", b"")}, {}, ["reference", "motion"]),
        ({"reference": ("a.png", PNG)}, {}, ["motion"]),
        ({"reference": ("a.png", b"text"), "motion": ("b.mp4", b"")}, {}, ["reference", "motion"]),
        (
            {"reference": ("a.png", PNG + bytes(50_000)), "motion": ("b.mp4", MP4)},
            {"prompt": "x" * 1001, "resolution": "9p"},
            ["reference", "prompt", "resolution"],
        ),
    ],
)
async def test_a_wrong_form_names_every_field_and_leaves_nothing(
    ada: Person,
    owner: Database,
    folder: Path,
    files: dict[str, Any],
    fields: dict[str, str],
    wrong: list[str],
) -> None:
    answer = await generate(ada, files, **fields)

    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-problem"', answer.text) == wrong
    assert stored(folder) == []
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 0
    assert await fetch_value(owner, "SELECT count(*) FROM assets WHERE status <> 'deleted'") == 0


async def test_a_second_file_for_a_role_is_refused(ada: Person, folder: Path) -> None:
    twice = [("reference", ("a.png", PNG)), ("reference", ("b.png", PNG)), ("motion", ("c.mp4", MP4))]

    answer = await ada.client.post("/jobs", files=twice, headers=ada.cookie)

    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-problem">(.*?)<', answer.text) == [("reference", "Choose one file.")]
    assert stored(folder) == []


async def test_what_the_form_does_not_ask_for_is_not_kept(ada: Person) -> None:
    files = {"reference": ("a.png", PNG), "motion": ("b.mp4", MP4)}

    answer = await generate(ada, files, other="x" * (FIELD_BYTES + 1))

    assert answer.status_code == 303


async def test_a_problem_that_no_field_has_is_said_above_the_form(ada: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET enabled = false")

    answer = await generate(ada, {"reference": ("a.png", PNG), "motion": ("b.mp4", MP4)})

    assert answer.status_code == 422
    assert re.search(r'role="alert">.*?There is no model &#39;motion&#39;', answer.text, re.DOTALL)


async def test_what_was_typed_stays_in_the_form(ada: Person) -> None:
    answer = await generate(ada, {"reference": ("a.png", PNG)}, prompt="A fox.", resolution="720p")

    assert 'value="A fox."' in answer.text
    assert "<option selected>720p</option>" in answer.text


async def test_a_form_that_cannot_be_paid_says_so(
    owner: Database, client: httpx.AsyncClient, folder: Path
) -> None:
    poor = await make_person(owner, client, credits_=1)

    answer = await generate(poor, {"reference": ("a.png", PNG), "motion": ("b.mp4", MP4)})

    assert answer.status_code == 402
    assert "This costs 300 credits; the account has 1." in answer.text
    assert await read_balance(owner, poor.viewer) == 1
    assert stored(folder) == []


async def test_a_rejected_file_is_named_on_the_form(ada: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute(REJECT)
        await tx.execute(REJECT_AT_ONCE)

    answer = await generate(ada, {"reference": ("a.png", PNG), "motion": ("b.mp4", MP4)})

    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-problem">(.*?)<', answer.text) == [
        ("reference", "It is broken."),
        ("motion", "It is broken."),
    ]


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
