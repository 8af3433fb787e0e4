"""What is done to jobs from their pages."""

import re
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from tests.factories import claim_one, fetch_value, make_bare_job, read_job
from tests.web.finished_jobs import make_completed_job, make_failed_job
from tests.web.people import Person, make_queued_job


async def press_on(person: Person, page: str, path: str, **form: Any) -> httpx.Response:
    """Send a form of a page, as a browser does that says where it is."""
    headers = person.cookie | {"Referer": f"http://rushes.test{page}"}
    return await person.client.post(path, data=form, headers=headers)


def led(answer: httpx.Response) -> tuple[int, str, str]:
    """The status, where it leads to, and what the page there will say."""
    said = answer.headers.get("set-cookie", "").partition(";")[0].removeprefix("notice=").strip('"')
    return answer.status_code, answer.headers.get("location", ""), said


async def test_cancel_leads_back_to_where_it_was_pressed(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answer = await press_on(ada, "/jobs?status=queued", f"/jobs/{job.id}/cancel")
    again = await ada.press(f"/jobs/{job.id}/cancel")

    assert led(answer) == (303, "/jobs?status=queued", "cancelled:1:0")
    assert (await read_job(owner, job.id)).status == "cancelled"
    assert again.status_code == 409
    assert "data-problem" in again.text


async def test_a_running_job_is_said_to_be_stopping(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    await claim_one(work)

    answer = await ada.press(f"/jobs/{job.id}/cancel")

    assert led(answer) == (303, "/jobs", "stopping:1:0")
    assert "Stopping" in (await ada.visit("/jobs")).text


async def test_no_other_site_is_led_back_to(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)
    elsewhere = ada.cookie | {"Referer": "http://evil.example/jobs"}

    answer = await ada.client.post(f"/jobs/{job.id}/cancel", headers=elsewhere)

    assert led(answer)[:2] == (303, "/jobs")


async def test_a_failed_job_runs_again(ada: Person, owner: Database, work: Database) -> None:
    job = await make_failed_job(owner, work, ada)

    answer = await press_on(ada, "/jobs", f"/jobs/{job.id}/retry")

    assert led(answer) == (303, "/jobs", "retried:1:0")
    assert (await read_job(owner, job.id)).status == "queued"


async def test_a_star_is_given_and_taken(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    await ada.press(f"/jobs/{job.id}/star", starred="true")
    given = (await ada.visit(f"/jobs/{job.id}/card")).text
    await ada.press(f"/jobs/{job.id}/star", starred="false")
    taken = (await ada.visit(f"/jobs/{job.id}/card")).text

    assert 'value="false" aria-pressed="true"' in given
    assert 'value="true" aria-pressed="false"' in taken


async def test_delete_asks_first_and_says_what_goes(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada, prompt="A fox.")
    await ada.press(f"/jobs/{job.id}/share")

    asked = (await ada.visit(f"/jobs/{job.id}/delete")).text
    answer = await ada.press(f"/jobs/{job.id}/delete", next="/jobs?q=fox")

    assert "A fox." in asked
    assert "reference image, motion video, output" in asked
    assert "The link that you shared stops working." in asked
    assert led(answer) == (303, "/jobs?q=fox", "deleted:1:0")
    assert await fetch_value(owner, "SELECT deleted_at IS NOT NULL FROM jobs WHERE id = $1", job.id)


async def test_a_live_job_is_not_offered_to_be_deleted(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.visit(f"/jobs/{job.id}/delete")

    assert answer.status_code == 409
    assert "cancel it first" in answer.text


async def test_from_its_own_page_a_deleted_job_leads_to_the_list(ada: Person, owner: Database) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)
    here = ada.cookie | {"Referer": f"http://rushes.test/jobs/{job_id}"}

    page = (await ada.client.get(f"/jobs/{job_id}/delete", headers=here)).text

    assert 'name="next" value="/jobs"' in page
    assert not re.search(r"/delete\" data-async", page)


async def test_deletion_leads_to_no_other_site(ada: Person, owner: Database) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)

    answer = await ada.press(f"/jobs/{job_id}/delete", next="//evil.example")

    assert answer.headers["location"] == "/jobs"


async def test_a_link_is_made_shown_and_taken_back(ada: Person, owner: Database, work: Database) -> None:
    job = await make_completed_job(owner, work, ada)
    address = f"/jobs/{job.id}/share"

    before = (await ada.visit(address)).text
    made = await ada.press(address)
    shown = (await ada.visit(address)).text
    revoked = await ada.press(f"{address}/revoke")
    after = (await ada.visit(address)).text

    assert "Make a link" in before
    assert led(made) == (303, address, "shared:1:0")
    assert f'readonly value="http://rushes.test/v/{job.short_id}"' in shown
    assert led(revoked) == (303, address, "unshared:1:0")
    assert "Make a link" in after


async def test_only_what_is_made_can_be_shared(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answers = [await ada.visit(f"/jobs/{job.id}/share"), await ada.press(f"/jobs/{job.id}/share")]

    assert [answer.status_code for answer in answers] == [409, 409]


async def test_a_change_of_many_is_counted_before(ada: Person, owner: Database) -> None:
    ended = [await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED) for _ in range(2)]
    queued = await make_bare_job(owner, ada.viewer, JobStatus.QUEUED)
    asked = urlencode([("do", "delete"), *(("job", one) for one in (*ended, queued))])

    page = (await ada.visit(f"/jobs/selection?{asked}")).text

    assert "Delete 2 jobs?" in page
    assert "1 of those selected stays as it is: only what has ended can be deleted." in page
    assert page.count('name="job"') == 3


async def test_many_are_changed_and_the_others_are_counted(ada: Person, owner: Database) -> None:
    ended = [await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED) for _ in range(2)]
    queued = await make_bare_job(owner, ada.viewer, JobStatus.QUEUED)

    answer = await ada.press("/jobs/selection", do="delete", job=[*ended, queued], next="/jobs?q=")
    told = await ada.client.get(
        "/jobs", headers=ada.cookie | {"Cookie": f"{ada.cookie['Cookie']}; notice=deleted:2:1"}
    )

    assert led(answer) == (303, "/jobs?q=", "deleted:2:1")
    assert "2 jobs and their files were deleted. 1 could not be and stays as it is." in told.text
    assert await fetch_value(owner, "SELECT count(*) FROM jobs WHERE deleted_at IS NULL") == 1


async def test_all_that_match_are_changed_beyond_one_page(ada: Person, owner: Database) -> None:
    for _ in range(101):
        await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)
    kept = await make_bare_job(owner, ada.viewer, JobStatus.FAILED)

    page = (await ada.visit("/jobs/selection?do=delete&all=true&status=cancelled")).text
    answer = await ada.press("/jobs/selection", do="delete", all="true", status="cancelled")

    assert "Delete 101 jobs?" in page
    assert led(answer) == (303, "/jobs", "deleted:101:0")
    assert await fetch_value(owner, "SELECT id FROM jobs WHERE deleted_at IS NULL") == kept


@pytest.mark.parametrize("do", ["cancel", "retry", "delete"])
async def test_nothing_selected_is_nothing_to_do(ada: Person, do: str) -> None:
    page = await ada.visit(f"/jobs/selection?do={do}")
    answer = await ada.press("/jobs/selection", do=do)

    assert f"Nothing to {do}" in page.text
    assert "Select some jobs first." in page.text
    assert answer.status_code == 409


async def test_jobs_of_others_are_neither_counted_nor_changed(
    ada: Person, bob: Person, owner: Database
) -> None:
    job_id = await make_bare_job(owner, bob.viewer, JobStatus.CANCELLED)

    page = (await ada.visit(f"/jobs/selection?do=delete&job={job_id}")).text
    answer = await ada.press("/jobs/selection", do="delete", job=[job_id])

    assert "Nothing to delete" in page
    assert led(answer) == (303, "/jobs", "deleted:0:1")
    assert await fetch_value(owner, "SELECT deleted_at IS NULL FROM jobs WHERE id = $1", job_id)
