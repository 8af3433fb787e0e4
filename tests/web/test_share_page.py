import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Job
from rushes.domain.media import Bucket
from rushes.storage.store import Storage
from rushes.web.limiting import RateRules
from rushes.web.services import Services
from tests.factories import claim_one, complete, fetch_value, make_output, read_job, stream
from tests.web.admins import make_admin
from tests.web.people import Person, make_person, make_queued_job
from tests.web.site import HTML, started, visiting

FROM_HERE = HTML | {"Origin": "http://rushes.test"}
FILM = b"film" * 100
MADE_BY = {"engine": "motion", "engine_version": "1", "generative": False}
REPORT = {"reason": "person", "details": "That is\nme."}
REVIEW = "SELECT moderation_status || ' | ' || coalesce(review_notes, '') FROM jobs WHERE id = $1"
REPORTS = "SELECT string_agg(report, ' | ' ORDER BY id) FROM share_reports WHERE job_id = $1"


async def make_film(owner: Database, work: Database, storage: Storage, person: Person, **made_by: Any) -> Job:
    """A completed job whose output is stored."""
    job = await make_queued_job(owner, person, prompt="A secret of mine", metadata={"client": "secret"})
    output = replace(make_output(), made_by=MADE_BY | made_by)
    await complete(work, await claim_one(work), output, log="")
    for file in output.files.values():
        await storage.write(Bucket.OUTPUTS, file.key, stream(FILM))
    return await read_job(owner, job.id)


@pytest.fixture
async def film(ada: Person, owner: Database, work: Database, storage: Storage) -> Job:
    """Something of Ada's that she shares."""
    job = await make_film(owner, work, storage, ada)
    answer = await ada.post(f"/jobs/{job.id}/share")
    assert answer.status_code == 200, answer.text
    return job


async def follow(client: httpx.AsyncClient, job: Job, rest: str = "") -> httpx.Response:
    """What somebody sees who is not signed in."""
    return await client.get(f"/v/{job.short_id}{rest}", headers=HTML)


async def report(client: httpx.AsyncClient, job: Job, **form: Any) -> httpx.Response:
    """Send the form for reports, as somebody who is not signed in."""
    return await client.post(f"/v/{job.short_id}/report", data=form, headers=FROM_HERE)


def tags(page: str) -> dict[str, str]:
    """What the page says of itself to others."""
    return dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page))


async def test_the_film_plays_for_everybody(client: httpx.AsyncClient, film: Job) -> None:
    page = await follow(client, film)
    (source,) = re.findall(r'<video controls playsinline [^>]*src="([^"]+)"', page.text)
    played = await client.get(source)

    assert page.status_code == 200
    assert (played.status_code, played.content) == (200, FILM)
    assert "A film made with Rushes" in page.text


async def test_the_page_says_what_made_the_film_and_when(client: httpx.AsyncClient, film: Job) -> None:
    page = (await follow(client, film)).text

    assert "Made with Motion, warp (classical)." in page
    assert re.search(r"<time datetime=", page)


@pytest.mark.parametrize(
    ("made_by", "words"),
    [
        ({"generative": True}, "Motion, generative."),
        ({"engine": "animatic"}, "Motion, animatic."),
        ({"engine": "another"}, "Motion, classical."),
        ({"engine": None}, "Motion."),
    ],
)
async def test_nothing_classical_is_called_generative(
    ada: Person, owner: Database, work: Database, storage: Storage, made_by: dict[str, Any], words: str
) -> None:
    job = await make_film(owner, work, storage, ada, **made_by)
    await ada.post(f"/jobs/{job.id}/share")

    page = (await follow(ada.client, job)).text

    assert f"Made with {words}" in page


async def test_the_page_tells_nothing_about_whose_it_is(client: httpx.AsyncClient, film: Job) -> None:
    page = await follow(client, film)

    told = page.text + str(page.headers)
    secrets = [film.id, film.user_id, film.video_id, film.prompt, "client", "example.org", "outputs/"]
    assert [secret for secret in secrets if str(secret) in told] == []


async def test_other_sites_learn_what_to_show(client: httpx.AsyncClient, film: Job) -> None:
    said = tags((await follow(client, film)).text)

    page = f"http://rushes.test/v/{film.short_id}"
    assert said["og:url"] == page
    assert said["og:title"] == "A film made with Rushes"
    assert said["og:video"] == f"http://rushes.test/api/v1/shares/{film.short_id}/output"
    assert said["og:video:type"] == "video/mp4"
    assert said["twitter:card"] == "summary"


async def test_a_poster_is_shown_to_other_sites(
    client: httpx.AsyncClient, owner: Database, film: Job
) -> None:
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status, bytes, sha256, "
            "width, height) SELECT gen_random_uuid(), user_id, id, 'poster', 'outputs', id || '/poster.jpg', "
            "'image/jpeg', 'ready', 1, repeat('0', 64), 64, 48 FROM jobs WHERE id = $1",
            film.id,
        )

    said = tags((await follow(client, film)).text)

    assert said["og:image"] == f"http://rushes.test/api/v1/shares/{film.short_id}/poster"
    assert said["twitter:card"] == "summary_large_image"


async def test_search_engines_are_let_in_by_the_owner_alone(ada: Person, bob: Person, film: Job) -> None:
    at_first = (await follow(ada.client, film)).text
    refused = await bob.press(f"/v/{film.short_id}/listing", listed="true")
    allowed = await ada.press(f"/v/{film.short_id}/listing", listed="true")
    listed = (await follow(ada.client, film)).text
    await ada.press(f"/v/{film.short_id}/listing", listed="false")
    hidden = (await follow(ada.client, film)).text

    assert (refused.status_code, allowed.status_code) == (404, 303)
    assert [tags(page).get("robots") for page in (at_first, listed, hidden)] == ["noindex", None, "noindex"]


async def test_only_its_owner_is_told_that_he_owns_it(ada: Person, bob: Person, film: Job) -> None:
    pages = [(await person.visit(f"/v/{film.short_id}")).text for person in (ada, bob)]

    assert ["You own this." in page for page in pages] == [True, False]
    assert [f'action="/jobs/{film.id}/share/revoke"' in page for page in pages] == [True, False]


async def test_a_link_that_was_taken_back_is_gone(ada: Person, film: Job) -> None:
    await ada.delete(f"/jobs/{film.id}/share")

    answer = await follow(ada.client, film)

    assert answer.status_code == 410
    assert "This is no longer shared" in answer.text


@pytest.mark.parametrize("status", ["rejected", "flagged"])
async def test_what_was_judged_unfit_is_gone(
    client: httpx.AsyncClient, owner: Database, film: Job, status: str
) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE jobs SET moderation_status = $2 WHERE id = $1", film.id, status)

    answers = [await follow(client, film), await follow(client, film, "/report")]

    assert [answer.status_code for answer in answers] == [410, 410]


@pytest.mark.parametrize("short_id", ["00000000", "ABCDEFGH", "abc", "h3k9x2m%00", "%ED%A0%80"])
async def test_a_link_that_never_was_is_missing(client: httpx.AsyncClient, short_id: str) -> None:
    answer = await client.get(f"/v/{short_id}", headers=HTML)

    assert answer.status_code == 404
    assert "There is nothing at this link" in answer.text


async def test_a_report_goes_to_the_administrators_and_hides_nothing(
    client: httpx.AsyncClient, owner: Database, film: Job
) -> None:
    form = await follow(client, film, "/report")
    answer = await report(client, film, **REPORT)

    assert 'value="person"' in form.text
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    assert await fetch_value(owner, REPORTS, film.id) == "Reported (person): That is me."
    assert await fetch_value(owner, REVIEW, film.id) == "pending | "
    assert (await follow(client, film)).status_code == 200


async def test_a_report_has_an_approved_output_looked_at_again(
    client: httpx.AsyncClient, owner: Database, film: Job
) -> None:
    async with owner.transaction() as tx:
        await tx.execute(
            "UPDATE jobs SET moderation_status = 'approved', review_notes = 'Fine.' WHERE id = $1", film.id
        )

    await report(client, film, reason="rights")

    assert await fetch_value(owner, REVIEW, film.id) == "pending | Fine."
    assert await fetch_value(owner, REPORTS, film.id) == "Reported (rights)"


async def test_who_made_the_output_does_not_read_what_was_reported(
    client: httpx.AsyncClient, ada: Person, film: Job
) -> None:
    await report(client, film, **REPORT)

    told = [await ada.get(f"/jobs/{film.id}"), await ada.visit(f"/jobs/{film.id}")]

    assert [answer.status_code for answer in told] == [200, 200]
    assert not any("That is" in answer.text for answer in told)


async def test_a_review_and_its_undo_leave_the_reports(
    client: httpx.AsyncClient, owner: Database, film: Job
) -> None:
    admin = await make_admin(owner, client)
    await report(client, film, **REPORT)
    waiting = (await admin.visit("/admin/reviews")).text

    await admin.press(f"/admin/reviews/{film.id}", decision="approve", notes="Fine.", was="pending")
    approved = (await admin.visit(f"/admin/jobs/{film.id}")).text
    await admin.press(f"/admin/reviews/{film.id}/reopen", was="pending")
    reopened = (await admin.visit("/admin/reviews")).text

    assert all("Reported (person): That is me." in page for page in (waiting, approved, reopened))
    assert ("approved: Fine." in approved, "Fine." in reopened) == (True, False)


async def test_the_queue_shows_the_latest_reports_and_the_job_all(
    client: httpx.AsyncClient, owner: Database, film: Job
) -> None:
    admin = await make_admin(owner, client)
    for number in range(6):
        await report(client, film, reason="other", details=f"no. {number}")

    queue, job = [(await admin.visit(path)).text for path in ("/admin/reviews", f"/admin/jobs/{film.id}")]

    assert re.findall(r"Reported \(other\): no\. (\d)", queue) == ["5", "4", "3", "2", "1"]
    assert "All reports" in queue
    assert re.findall(r"Reported \(other\): no\. (\d)", job) == ["5", "4", "3", "2", "1", "0"]


async def test_of_very_many_reports_the_first_are_kept(
    client: httpx.AsyncClient, owner: Database, film: Job
) -> None:
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO share_reports (job_id, report) SELECT $1, 'first' FROM generate_series(1, 99)",
            film.id,
        )

    answers = [await report(client, film, reason=reason) for reason in ("rights", "other")]

    assert [answer.status_code for answer in answers] == [200, 200]
    kept = await fetch_value(owner, REPORTS, film.id)
    assert kept.split(" | ") == ["first"] * 99 + ["Reported (rights)"]


@pytest.mark.parametrize(
    ("form", "field"), [({}, "reason"), ({"reason": "x"}, "reason"), ({"reason": "other"}, "details")]
)
async def test_what_is_wrong_with_a_report_is_said_on_the_form(
    client: httpx.AsyncClient, owner: Database, film: Job, form: dict[str, str], field: str
) -> None:
    answer = await report(client, film, details="z" * 501, **form)

    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert await fetch_value(owner, REPORTS, film.id) is None


async def test_nobody_reports_without_end(
    services: Services, owner: Database, work: Database, storage: Storage
) -> None:
    async with started(replace(services, rates=RateRules(address_factor=2))) as app, visiting(app) as client:
        person = await make_person(owner, client)
        job = await make_film(owner, work, storage, person)
        await person.post(f"/jobs/{job.id}/share")

        answers = [await report(client, job, reason="other") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Too many requests; try again in" in answers[2].text
    assert int(answers[2].headers["retry-after"]) > 0


async def test_no_page_of_another_site_can_report(client: httpx.AsyncClient, film: Job) -> None:
    answer = await client.post(
        f"/v/{film.short_id}/report", data=REPORT, headers=HTML | {"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403


async def test_the_page_leads_to_what_other_sites_embed(client: httpx.AsyncClient, film: Job) -> None:
    page = (await follow(client, film)).text
    (address,) = re.findall(r'type="application/json\+oembed" href="([^"]+)"', page)

    said = (await client.get(address)).json()

    film_address = f"http://rushes.test/api/v1/shares/{film.short_id}/output"
    assert (said["version"], said["type"], said["provider_name"]) == ("1.0", "video", "Rushes")
    assert f'src="{film_address}"' in said["html"]
    assert f'width="{said["width"]}" height="{said["height"]}"' in said["html"]


async def test_what_is_embedded_is_no_larger_than_there_is_room(client: httpx.AsyncClient, film: Job) -> None:
    link = f"http://rushes.test/v/{film.short_id}"
    whole = (await client.get("/oembed", params={"url": link})).json()

    half = (await client.get("/oembed", params={"url": link, "maxwidth": whole["width"] // 2})).json()

    assert half["width"] == whole["width"] // 2
    assert half["height"] == whole["height"] // 2


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/v/{}",
        "http://rushes.test/jobs/{}",
        "http://rushes.test/v/{}x",
        "http://[::1/v/{}",
        "{}",
    ],
)
async def test_only_links_of_this_site_are_embedded(client: httpx.AsyncClient, film: Job, link: str) -> None:
    answer = await client.get("/oembed", params={"url": link.format(film.short_id)})

    assert answer.status_code == 404


async def test_what_is_gone_is_not_embedded(ada: Person, film: Job) -> None:
    await ada.delete(f"/jobs/{film.id}/share")

    answer = await ada.client.get("/oembed", params={"url": f"http://rushes.test/v/{film.short_id}"})

    assert (answer.status_code, answer.json()["code"]) == (410, "share_revoked")


async def test_only_json_is_spoken_to_who_embeds(client: httpx.AsyncClient, film: Job) -> None:
    link = f"http://rushes.test/v/{film.short_id}"

    answer = await client.get("/oembed", params={"url": link, "format": "xml"})

    assert answer.status_code == 501


async def test_administrators_read_a_report_where_they_judge(
    client: httpx.AsyncClient, owner: Database, film: Job
) -> None:
    admin = await make_admin(owner, client)
    await report(client, film, **REPORT)

    page = (await admin.visit("/admin/reviews")).text

    assert "Reported (person): That is me." in page
