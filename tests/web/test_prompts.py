from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.web.people import API, Person, wrong_fields

TEMPLATE = {"name": "Evening", "body": "{prompt}, {place}, golden hour"}


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: every test has accounts of its own."""
    return shared_database_url


async def ask(person: Person, method: str, path: str, body: Any = None) -> httpx.Response:
    return await person.client.request(method, f"{API}{path}", json=body, headers=person.bearer)


async def make_template(person: Person, **changes: Any) -> dict[str, Any]:
    answer = await person.post("/prompt-templates", TEMPLATE | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_template_is_made_and_found_again(ada: Person) -> None:
    made = await make_template(ada)

    assert (made["strategy"], made["placeholders"]) == ("template", ["prompt", "place"])
    assert (await ada.get(f"/prompt-templates/{made['id']}")).json() == made
    assert (await ada.get("/prompt-templates")).json() == {"templates": [made], "next_cursor": None}


async def test_pages_of_templates_follow_each_other(ada: Person) -> None:
    made = [(await make_template(ada, name=str(number)))["id"] for number in range(3)]

    first = (await ada.get("/prompt-templates", limit=2)).json()
    second = (await ada.get("/prompt-templates", limit=2, cursor=first["next_cursor"])).json()

    assert [one["id"] for page in (first, second) for one in page["templates"]] == made[::-1]


async def test_a_template_is_changed_as_far_as_asked(ada: Person) -> None:
    made = await make_template(ada)

    changed = await ask(ada, "PATCH", f"/prompt-templates/{made['id']}", {"strategy": "expand"})

    assert changed.status_code == 200
    assert changed.json() == made | {"strategy": "expand", "updated_at": changed.json()["updated_at"]}


async def test_no_two_templates_of_one_account_are_named_alike(ada: Person, bob: Person) -> None:
    await make_template(ada)
    other = await make_template(ada, name="Morning")
    await make_template(bob)

    made = await ada.post("/prompt-templates", TEMPLATE)
    renamed = await ask(ada, "PATCH", f"/prompt-templates/{other['id']}", {"name": "Evening"})
    same = await ask(ada, "PATCH", f"/prompt-templates/{other['id']}", {"name": "Morning"})

    assert [made.status_code, renamed.status_code, same.status_code] == [409, 409, 200]
    assert made.json()["detail"] == "There is a template named 'Evening' already."


async def test_a_deleted_template_is_gone(ada: Person) -> None:
    made = await make_template(ada)

    answer = await ada.delete(f"/prompt-templates/{made['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ada.delete(f"/prompt-templates/{made['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"body": "no place for it"}, "body"),
        ({"body": "{prompt}" + "x" * 1000}, "body"),
        ({"body": "{prompt}\0"}, "body"),
        ({"strategy": "guess"}, "strategy"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_template_is_refused(ada: Person, changes: dict[str, Any], field: str) -> None:
    made = await make_template(ada)

    answers = [
        await ada.post("/prompt-templates", TEMPLATE | {"name": "New"} | changes),
        await ask(ada, "PATCH", f"/prompt-templates/{made['id']}", changes),
    ]

    assert [(answer.status_code, wrong_fields(answer)) for answer in answers] == [(422, [field])] * 2


async def test_a_change_of_a_template_must_change_something(ada: Person) -> None:
    made = await make_template(ada)

    answer = await ask(ada, "PATCH", f"/prompt-templates/{made['id']}", {})

    assert wrong_fields(answer) == ["body"]


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)])
async def test_anothers_template_is_missing(ada: Person, bob: Person, method: str, body: Any) -> None:
    made = await make_template(ada)

    his = await ask(bob, method, f"/prompt-templates/{made['id']}", body)
    nobodys = await ask(bob, method, f"/prompt-templates/{uuid4()}", body)

    assert his.status_code == nobodys.status_code == 404
    assert {**his.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}
    assert (await ada.get(f"/prompt-templates/{made['id']}")).json() == made


@pytest.mark.parametrize("by", ["id", "name"])
async def test_a_prompt_is_put_into_a_template(ada: Person, by: str) -> None:
    made = await make_template(ada)

    answer = await ada.post(
        "/prompts/enhance",
        {"prompt": "A fox++", f"template_{by}": made[by], "values": {"place": "on  a hill"}},
    )

    told = answer.json()
    assert answer.status_code == 200
    assert (told["original"], told["enhanced"]) == ("A fox++", "A fox++, on a hill, golden hour")
    assert (told["strategy"], told["weights"]) == ("template", [{"text": "fox", "weight": 1.21}])
    assert told["expansion_percentage"] == 342.9
    assert 0 <= told["milliseconds"] < 1000


@pytest.mark.parametrize("by", ["id", "name"])
async def test_a_prompt_is_not_put_into_the_template_of_another(ada: Person, bob: Person, by: str) -> None:
    made = await make_template(ada, name="Hers alone")

    answer = await bob.post("/prompts/enhance", {"prompt": "A fox", f"template_{by}": made[by]})

    assert (answer.status_code, answer.json()["code"]) == (404, "missing")


async def test_a_template_may_say_how_to_go_on(ada: Person) -> None:
    made = await make_template(ada, body="({prompt})+", strategy="weights")

    answer = await ada.post("/prompts/enhance", {"prompt": "A fox", "template_id": made["id"]})

    assert (answer.json()["strategy"], answer.json()["enhanced"]) == ("weights", "(A fox)1.1")


async def test_without_a_strategy_a_prompt_is_tidied(ada: Person) -> None:
    answer = await ada.post("/prompts/enhance", {"prompt": " a  fox ,a fox "})

    assert (answer.json()["strategy"], answer.json()["enhanced"]) == ("clean", "a fox")
    assert answer.json()["expansion_percentage"] == -66.7


async def test_the_same_prompt_expands_to_the_same(ada: Person) -> None:
    answers = [
        (await ada.post("/prompts/enhance", {"prompt": "A fox", "strategy": "expand"})).json()
        for _ in range(2)
    ]

    assert answers[0]["enhanced"] == answers[1]["enhanced"] != "A fox"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"prompt": ""}, ["prompt"]),
        ({"prompt": "x" * 1001}, ["prompt"]),
        ({"prompt": ","}, ["prompt"]),
        ({"strategy": "guess"}, ["strategy"]),
        ({"strategy": "template"}, ["template_id"]),
        ({"template_id": "one"}, ["template_id"]),
        ({"template_id": str(uuid4()), "template_name": "Evening"}, ["body"]),
        ({"values": {"place": "a wood"}}, ["values"]),
        ({"values": {"place": ""}}, ["values.place"]),
        ({"template_name": "Evening"}, ["values.place"]),
        ({"template_name": "Evening", "values": {"time": "noon"}}, ["values.place", "values.time"]),
    ],
)
async def test_a_wrong_request_is_named(ada: Person, changes: dict[str, Any], fields: list[str]) -> None:
    await make_template(ada)

    answer = await ada.post("/prompts/enhance", {"prompt": "A fox"} | changes)

    assert (answer.status_code, wrong_fields(answer)) == (422, fields)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/prompt-templates"), ("POST", "/prompt-templates"), ("POST", "/prompts/enhance")],
)
async def test_prompts_are_for_those_signed_in(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, f"{API}{path}", json={})

    assert answer.status_code == 401
