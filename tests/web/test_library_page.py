import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Destination
from tests.factories import fetch_value, read_job
from tests.web.kept import make_film, make_image, make_many_films
from tests.web.people import Person


def titles(page: str) -> list[str]:
    """What the library's items are called, in their order."""
    return re.findall(r'data-dialog="sheet">(.*?)</a>', page)


def links(page: str) -> dict[str, str]:
    """Where the links of a page lead, by their words."""
    found = re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {
        " ".join(re.sub("<[^>]*>", " ", words).split()): href.replace("&amp;", "&") for href, words in found
    }


async def made_project(person: Person, name: str = "Foxes") -> str:
    return (await person.post("/projects", {"name": name})).json()["id"]


async def test_an_empty_library_leads_to_the_form(ada: Person) -> None:
    page = (await ada.visit("/library")).text

    assert "Nothing in your library yet" in page
    assert links(page)["Create something"] == "/create"
    assert "All models" not in page


async def test_conditions_that_nothing_meets_can_be_left(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_film(owner, work, ada)

    page = (await ada.visit("/library?type=image")).text

    assert "Nothing in your library is like this." in page
    assert links(page)["Show the whole library"] == "/library"


async def test_a_film_plays_and_a_picture_opens(ada: Person, owner: Database, work: Database) -> None:
    film = await make_film(owner, work, ada, prompt="A <fox>")
    picture = await make_image(owner, work, ada, prompt="A hen")

    page = (await ada.visit("/library")).text

    assert titles(page) == ["A hen", "A &lt;fox&gt;"]
    assert f'href="/jobs/{film.id}/media/output" data-preview-kind="video"' in page
    assert f'data-hover="/jobs/{film.id}/media/output"' in page
    assert f'href="/jobs/{picture.id}/media/output" data-preview-kind="image"' in page
    assert re.search(
        rf'<img src="/jobs/{picture.id}/media/output" width="48" height="64" [^>]*loading="lazy"', page
    )
    assert "<video" not in page


async def test_what_is_kept_in_the_workspace_is_not_in_the_library(
    ada: Person, owner: Database, work: Database
) -> None:
    await make_film(owner, work, ada, destination=Destination.WORKSPACE)

    page = (await ada.visit("/library")).text

    assert titles(page) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["picture", "film"]),
        ("type=video", ["film"]),
        ("type=image", ["picture"]),
        ("model=motion", ["picture", "film"]),
        ("model=another", []),
        ("starred=true", ["film"]),
        ("starred=true&type=image", []),
    ],
)
async def test_the_address_says_what_is_shown(
    ada: Person, owner: Database, work: Database, query: str, expected: Sequence[str]
) -> None:
    film = await make_film(owner, work, ada, prompt="film")
    await make_image(owner, work, ada, prompt="picture")
    await ada.patch(f"/jobs/{film.id}", {"starred": True})

    page = (await ada.visit(f"/library?{query}")).text

    assert titles(page) == expected


async def test_a_project_shows_what_is_in_it(ada: Person, owner: Database, work: Database) -> None:
    project = await made_project(ada)
    inside = await make_film(owner, work, ada, prompt="inside")
    await make_film(owner, work, ada, prompt="outside")
    await ada.patch(f"/jobs/{inside.id}", {"project_id": project})

    page = (await ada.visit(f"/library?project={project}")).text

    assert titles(page) == ["inside"]
    assert "<h1>Foxes</h1>" in page
    assert links(page)["Starred"] == f"/library?starred=true&project={project}"


@pytest.mark.parametrize("query", ["type=audio", "starred=maybe", "project=mine", "cursor=no", "density=no"])
async def test_a_wrong_condition_is_refused(ada: Person, query: str) -> None:
    answer = await ada.visit(f"/library?{query}")

    assert answer.status_code == 422


async def test_pages_of_twenty_lead_to_each_other_in_both_ways(ada: Person, owner: Database) -> None:
    await make_many_films(owner, ada, 45)

    first = (await ada.visit("/library?type=video")).text
    second = (await ada.visit(links(first)["Older"])).text
    third = (await ada.visit(links(second)["Older"])).text
    back = (await ada.visit(links(third)["Newer"])).text

    shown = [titles(page) for page in (first, second, third)]
    assert [len(page) for page in shown] == [20, 20, 5]
    assert shown[0] + shown[1] + shown[2] == [f"film {number}" for number in range(45, 0, -1)]
    assert titles(back) == shown[1]
    assert links(back)["Newer"] == "/library?type=video"
    assert "Older" not in links(third)
    assert "Newer" not in links(first)


async def test_the_density_is_kept(ada: Person, owner: Database, work: Database) -> None:
    await make_film(owner, work, ada)

    chosen = await ada.visit("/library?type=video&density=compact")
    cookies = f"{ada.cookie['Cookie']}; density=compact"
    kept = await ada.client.get("/library", headers=ada.cookie | {"Cookie": cookies})

    assert 'class="shelf compact"' in chosen.text
    assert 'href="/library?type=video&amp;density=comfortable"' in chosen.text
    assert chosen.headers["set-cookie"].startswith("density=compact;")
    assert 'class="shelf compact"' in kept.text


async def press(person: Person, path: str, **form: Any) -> Any:
    """Send a form from a page of the library."""
    headers = person.cookie | {"Referer": "http://rushes.test/library?type=video"}
    return await person.client.post(path, data=form, headers=headers)


async def test_several_get_a_star_at_once(ada: Person, owner: Database, work: Database) -> None:
    films = [await make_film(owner, work, ada) for _ in range(2)]
    ids = [str(film.id) for film in films]

    given = await press(ada, "/library/star", job=ids, starred="true")
    starred = [(await read_job(owner, film.id)).starred for film in films]
    await press(ada, "/library/star", job=ids[:1], starred="false")

    assert (given.status_code, given.headers["location"]) == (303, "/library?type=video")
    assert starred == [True, True]
    assert [(await read_job(owner, film.id)).starred for film in films] == [False, True]


async def test_several_are_put_into_a_project_and_out_of_it(
    ada: Person, owner: Database, work: Database
) -> None:
    project, film = await made_project(ada), await make_film(owner, work, ada)

    await press(ada, "/library/move", job=[str(film.id)], into=project)
    inside = (await read_job(owner, film.id)).project_id
    await press(ada, "/library/move", job=[str(film.id)], into="")

    assert str(inside) == project
    assert (await read_job(owner, film.id)).project_id is None


async def test_one_of_another_leaves_all_as_they_are(
    ada: Person, bob: Person, owner: Database, work: Database
) -> None:
    hers, his = await make_film(owner, work, ada), await make_film(owner, work, bob)
    both = [str(hers.id), str(his.id)]

    starred = await press(ada, "/library/star", job=both, starred="true")
    moved = await press(ada, "/library/move", job=both, into=await made_project(ada))

    assert (starred.status_code, moved.status_code) == (404, 404)
    assert not (await read_job(owner, hers.id)).starred
    assert (await read_job(owner, hers.id)).project_id is None


async def test_nothing_is_put_into_the_project_of_another(
    ada: Person, bob: Person, owner: Database, work: Database
) -> None:
    film = await make_film(owner, work, ada)

    his = await press(ada, "/library/move", job=[str(film.id)], into=await made_project(bob))
    nobodys = await press(ada, "/library/move", job=[str(film.id)], into=str(uuid4()))

    assert his.status_code == nobodys.status_code == 422
    assert (await read_job(owner, film.id)).project_id is None


async def test_a_project_is_made_renamed_and_deleted(ada: Person, owner: Database, work: Database) -> None:
    made = await ada.press("/library/projects", name="  Foxes ")
    place = made.headers["location"]
    path = f"/library/projects/{place.rpartition('=')[2]}"
    film = await make_film(owner, work, ada)
    await press(ada, "/library/move", job=[str(film.id)], into=place.rpartition("=")[2])

    named = (await ada.visit(place)).text
    renamed = await ada.press(f"{path}/rename", name="Hares")
    asked = (await ada.visit(f"{path}/delete")).text
    deleted = await ada.press(f"{path}/delete")

    assert "<h1>Foxes</h1>" in named
    assert renamed.headers["location"] == place
    assert "Delete the project “Hares”?" in asked
    assert deleted.headers["location"] == "/library"
    assert (await ada.visit(place)).status_code == 404
    assert titles((await ada.visit("/library")).text) == [film.prompt or f"Job {str(film.id)[-8:]}"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b"])
async def test_a_wrong_name_is_said_on_the_form(ada: Person, owner: Database, name: str) -> None:
    project = await made_project(ada)

    answers = [
        await ada.press("/library/projects", name=name),
        await ada.press(f"/library/projects/{project}/rename", name=name),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all('id="name-problem">Give a name of 1 to 100 characters.<' in answer.text for answer in answers)
    count = "SELECT count(*) FROM projects WHERE user_id = $1"
    assert await fetch_value(owner, count, ada.viewer.user_id) == 1
