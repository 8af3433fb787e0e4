import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.folders import RERUN_OF
from rushes.domain.jobs import Destination, Job, JobStatus
from rushes.domain.options import AdvancedOptions, BaseOptions
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_output,
    make_painter,
    read_balance,
    read_job,
    retry_or_fail,
)
from tests.web.kept import ids_of, make_film, make_group, make_image
from tests.web.people import Person, make_person, make_queued_job


async def made_session(person: Person, name: str = "Tuesday") -> str:
    return (await person.post("/sessions", {"name": name})).json()["id"]


def members(page: str) -> list[str]:
    """The jobs that have a place on the page, in their order."""
    return re.findall(r'<li class="member" data-part="([^"]+)"', page)


def strings(jobs: list[Job]) -> list[str]:
    """The ids of some jobs, as pages write them."""
    return [str(job_id) for job_id in ids_of(jobs)]


async def fail(work: Database) -> Job:
    """End the next job without an output."""
    return await retry_or_fail(
        work, await claim_one(work), error_code="x", error_message="No person.", retryable=False, log=""
    )


async def newest_of(owner: Database, group_id: UUID | None) -> Job:
    """The job that was put into a group last."""
    async with owner.transaction() as tx:
        (row,) = await tx.fetch("SELECT id FROM jobs WHERE group_id = $1 ORDER BY id DESC LIMIT 1", group_id)
    return await read_job(owner, row["id"])


async def test_an_empty_workspace_leads_to_the_form(ada: Person) -> None:
    page = (await ada.visit("/workspace")).text

    assert "Nothing in your workspace yet" in page
    assert 'href="/create"' in page


async def test_a_group_says_how_many_are_done(ada: Person, owner: Database, work: Database) -> None:
    group = await make_group(owner, ada, prompt="Three foxes")
    await complete(work, await claim_one(work), make_output(), log="")
    await fail(work)

    page = (await ada.visit("/workspace")).text

    assert members(page) == strings(group)
    assert "1 of 3 done, 1 failed" in page
    assert '<progress max="3" value="1" aria-label="1 of 3 done, 1 failed">' in page
    assert page.count(">Three foxes</h2>") == 1
    assert "No person." in page


async def test_a_group_of_which_all_have_ended_has_no_bar(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_group(owner, ada, count=1)
    await complete(work, await claim_one(work), make_output(), log="")

    page = (await ada.visit("/workspace")).text

    assert "1 of 1 done" in page
    assert "<progress" not in page
    assert "data-live>" not in page


async def test_one_of_three_is_made_anew_in_its_place(ada: Person, owner: Database, work: Database) -> None:
    session = await made_session(ada)
    options = BaseOptions(advanced=AdvancedOptions(seed=7, cfg_scale=1.5))
    group = await make_group(
        owner, ada, options=options, workspace_session_id=UUID(session), metadata={"a": 1}
    )
    first = await complete(work, await claim_one(work), make_output(), log="")

    answer = await ada.press(f"/workspace/jobs/{first.id}/rerun")

    made = await newest_of(owner, first.group_id)
    page = (await ada.visit(answer.headers["location"])).text
    assert (answer.status_code, answer.headers["location"]) == (303, "/workspace")
    assert members(page) == [str(made.id), *strings(group)[1:]]
    assert "0 of 3 done" in page
    assert f'<a href="/jobs/{first.id}" data-dialog="sheet">{str(first.id)[-8:]}</a>' in page
    assert made.options["advanced"] == {**first.options["advanced"], "seed": None}
    assert made.metadata == {"a": 1, RERUN_OF: str(first.id)}
    assert str(made.workspace_session_id) == session
    assert (await read_job(owner, first.id)).status is JobStatus.COMPLETED


async def test_a_place_is_made_anew_more_than_once(ada: Person, owner: Database, work: Database) -> None:
    await make_group(owner, ada, count=1)
    first = await fail(work)
    await ada.press(f"/workspace/jobs/{first.id}/rerun")
    second = await fail(work)

    await ada.press(f"/workspace/jobs/{second.id}/rerun")

    third = await newest_of(owner, first.group_id)
    page = (await ada.visit("/workspace")).text
    assert members(page) == [str(third.id)]
    assert re.findall(r'data-dialog="sheet">(\w{8})<', page) == [str(second.id)[-8:], str(first.id)[-8:]]


async def test_only_what_has_ended_in_a_group_is_made_anew(
    ada: Person, owner: Database, work: Database
) -> None:
    alone = await make_film(owner, work, ada)
    (live,) = await make_group(owner, ada, count=1)
    balance = await read_balance(owner, ada.viewer)

    answers = [await ada.press(f"/workspace/jobs/{job.id}/rerun") for job in (live, alone)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert await read_balance(owner, ada.viewer) == balance


async def test_who_cannot_pay_makes_nothing_anew(
    owner: Database, work: Database, client: httpx.AsyncClient
) -> None:
    poor = await make_person(owner, client, credits_=10)
    await make_group(owner, poor, count=1)
    made = await complete(work, await claim_one(work), make_output(), log="")

    answer = await poor.press(f"/workspace/jobs/{made.id}/rerun")

    assert answer.status_code == 402
    assert (await newest_of(owner, made.group_id)).id == made.id


async def test_a_session_shows_what_was_made_in_it(ada: Person, owner: Database, work: Database) -> None:
    session = await made_session(ada)
    inside = await make_group(owner, ada, workspace_session_id=UUID(session))
    alone = await make_queued_job(owner, ada, workspace_session_id=UUID(session))
    apart = await make_queued_job(owner, ada, destination=Destination.WORKSPACE)
    outside = await make_group(owner, ada, count=2)
    await make_queued_job(owner, ada)

    everything = (await ada.visit("/workspace")).text
    page = (await ada.visit(f"/workspace?session={session}")).text

    assert members(everything) == [*strings(outside), str(apart.id), str(alone.id), *strings(inside)]
    assert members(page) == [str(alone.id), *strings(inside)]
    assert "<h1>Tuesday</h1>" in page
    assert f'href="/workspace?session={session}" aria-current="true">Tuesday<' in page


@pytest.mark.parametrize("makes", ["a picture", "a film"])
async def test_only_a_picture_is_promoted_to_a_video(
    ada: Person, owner: Database, work: Database, makes: str
) -> None:
    make = make_image if makes == "a picture" else make_film
    job = await make(owner, work, ada, destination=Destination.WORKSPACE)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET enabled = slug = 'motion'")

    page = (await ada.visit("/workspace")).text

    output = "SELECT id FROM assets WHERE job_id = $1"
    link = f"/create?type=base&amp;reference={await fetch_value(owner, output, job.id)}"
    assert (f'href="{link}"' in page) == (makes == "a picture")


async def test_nothing_is_promoted_where_no_model_makes_videos(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_image(owner, work, ada, destination=Destination.WORKSPACE)
    await make_painter(owner)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET job_types = '{image}' WHERE slug = 'painter'")
        await tx.execute("UPDATE models SET enabled = false WHERE slug <> 'painter'")

    page = (await ada.visit("/workspace")).text

    assert len(members(page)) == 1
    assert "/create?type=" not in page


async def test_what_was_made_is_shown_without_a_player(ada: Person, owner: Database, work: Database) -> None:
    film = await make_film(owner, work, ada, destination=Destination.WORKSPACE)

    page = (await ada.visit("/workspace")).text

    assert members(page) == [str(film.id)]
    assert 'data-preview-kind="video"' in page
    assert "<video" not in page


async def test_what_is_in_the_workspace_alone_is_moved_to_the_library(
    ada: Person, owner: Database, work: Database
) -> None:
    film = await make_film(owner, work, ada, destination=Destination.WORKSPACE)
    page = (await ada.visit("/workspace")).text

    answer = await ada.press(f"/workspace/jobs/{film.id}/keep")

    assert f'action="/workspace/jobs/{film.id}/keep"' in page
    assert answer.status_code == 303
    assert (await read_job(owner, film.id)).destination is Destination.LIBRARY


async def test_older_groups_are_a_page_away(ada: Person, owner: Database) -> None:
    groups = [await make_group(owner, ada, count=1) for _ in range(11)]

    first = (await ada.visit("/workspace")).text
    older = re.search(r'href="(/workspace\?cursor=[^"]+)"', first)
    assert older is not None
    second = (await ada.visit(older[1])).text

    assert len(members(first)) == 10
    assert members(second) == strings(groups[0])
    assert 'href="/workspace"><' in second


async def test_a_place_is_shown_alone_as_it_is_now(ada: Person, owner: Database, work: Database) -> None:
    await make_group(owner, ada, count=2)
    first = await fail(work)
    await ada.press(f"/workspace/jobs/{first.id}/rerun")
    made = await newest_of(owner, first.group_id)

    fragments = [(await ada.visit(f"/workspace/jobs/{job.id}")).text.strip() for job in (first, made)]

    assert [members(fragment) for fragment in fragments] == [[str(made.id)]] * 2
    assert all(fragment.startswith("<li ") and fragment.endswith("</li>") for fragment in fragments)


async def test_a_session_is_made_renamed_and_deleted(ada: Person, owner: Database) -> None:
    made = await ada.press("/workspace/sessions", name=" Tuesday ")
    place = made.headers["location"]
    session = place.rpartition("=")[2]
    group = await make_group(owner, ada, workspace_session_id=UUID(session))

    named = (await ada.visit(place)).text
    renamed = await ada.press(f"/workspace/sessions/{session}/rename", name="Friday")
    asked = (await ada.visit(f"/workspace/sessions/{session}/delete")).text
    deleted = await ada.press(f"/workspace/sessions/{session}/delete")

    assert "<h1>Tuesday</h1>" in named
    assert renamed.headers["location"] == place
    assert "Delete the session “Friday”?" in asked
    assert deleted.headers["location"] == "/workspace"
    assert (await ada.visit(place)).status_code == 404
    assert members((await ada.visit("/workspace")).text) == strings(group)


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_a_wrong_name_of_a_session_is_said_on_the_form(ada: Person, name: str) -> None:
    session = await made_session(ada)

    answers = [
        await ada.press("/workspace/sessions", name=name),
        await ada.press(f"/workspace/sessions/{session}/rename", name=name),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all('id="name-problem">Give a name' in answer.text for answer in answers)


@pytest.mark.parametrize(
    "path", ["?session={id}", "/jobs/{id}", "/sessions/{id}/rename", "/sessions/{id}/delete"]
)
async def test_that_of_another_is_missing(ada: Person, bob: Person, owner: Database, path: str) -> None:
    session = await made_session(bob)
    (job,) = await make_group(owner, bob, count=1)
    names: dict[str, Any] = {"id": job.id if "jobs" in path else session}

    answer = await ada.visit(f"/workspace{path.format(**names)}")

    assert answer.status_code == 404
    assert "Tuesday" not in answer.text
