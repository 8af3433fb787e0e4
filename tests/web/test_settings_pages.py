import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from rushes.actions.accounts import create_api_key
from rushes.actions.cancel import cancel
from rushes.db.pool import Database
from rushes.web.limiting import RateRules
from rushes.web.pages.settings.agents import name_agent
from rushes.web.services import Services
from tests.factories import fetch_value, make_job
from tests.web.people import API, Person, make_person
from tests.web.site import started, visiting

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
PAGES = ["profile", "keys", "sessions", "webhooks", "webhooks/new", "credits", "limits", "appearance"]
WRONG = "This is not the account&#39;s password."


async def sign_in(client: httpx.AsyncClient, person: Person, *, agent: str) -> Person:
    """The same account in another browser."""
    other = await make_person_of(client, person, agent=agent)
    answer = await other.get("/me")
    assert answer.status_code == 200
    return other


async def make_person_of(client: httpx.AsyncClient, person: Person, *, agent: str) -> Person:
    opened = await client.post(
        f"{API}/auth/login",
        json={"email": "ann@example.org", "password": "correct horse"},
        headers={"User-Agent": agent},
    )
    assert opened.status_code == 200, opened.text
    return replace(person, token=opened.json()["token"])


@pytest.fixture
async def ann(owner: Database, client: httpx.AsyncClient) -> Person:
    """Somebody who has a password, signed in with Firefox."""
    body = {"email": "ann@example.org", "password": "correct horse"}
    registered = await client.post(f"{API}/auth/register", json=body)
    person = await make_person(owner, client)
    person = replace(person, viewer=replace(person.viewer, user_id=registered.json()["id"]))
    return await sign_in(client, person, agent=FIREFOX)


async def test_settings_begin_with_the_profile(ada: Person) -> None:
    answer = await ada.visit("/settings")

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/profile")


@pytest.mark.parametrize("page", PAGES)
async def test_each_page_marks_its_tab(ada: Person, page: str) -> None:
    answer = await ada.visit(f"/settings/{page}")

    assert answer.status_code == 200
    assert f'href="/settings/{page.partition("/")[0]}" aria-current="page"' in answer.text


async def test_profile_is_saved_and_an_empty_field_is_none(ada: Person) -> None:
    saved = await ada.press("/settings/profile", username="Ada 🦊", avatar_url="https://example.org/a.png")
    first = (await ada.get("/me")).json()
    await ada.press("/settings/profile", username=" ", avatar_url="")
    second = (await ada.get("/me")).json()

    assert (saved.status_code, saved.headers["location"]) == (303, "/settings/profile")
    assert (first["username"], first["avatar_url"]) == ("Ada 🦊", "https://example.org/a.png")
    assert (second["username"], second["avatar_url"]) == (None, None)


async def test_what_is_wrong_with_a_profile_stands_at_its_field(ada: Person) -> None:
    answer = await ada.press("/settings/profile", username="x" * 51, avatar_url="javascript:alert(1)")

    assert answer.status_code == 422
    assert 'id="profile-username-problem">Use 1 to 50 characters.' in answer.text
    assert 'id="profile-avatar_url-problem"' in answer.text
    assert 'value="javascript:alert(1)"' in answer.text


async def test_email_is_changed_with_the_password(ann: Person) -> None:
    refused = await ann.press(
        "/settings/profile/email", email="ann@example.com", current_password="wrong horse"
    )
    changed = await ann.press(
        "/settings/profile/email", email="ann@example.com", current_password="correct horse"
    )

    assert (refused.status_code, WRONG in refused.text, "wrong horse" in refused.text) == (422, True, False)
    assert changed.status_code == 303
    assert (await ann.get("/me")).json()["email"] == "ann@example.com"


async def test_password_is_changed_and_other_sessions_end(client: httpx.AsyncClient, ann: Person) -> None:
    elsewhere = await sign_in(client, ann, agent=EDGE)

    refused = await ann.press("/settings/profile/password", current_password="no", new_password="short")
    changed = await ann.press(
        "/settings/profile/password", current_password="correct horse", new_password="battery staple"
    )

    assert refused.status_code == 422
    assert 'id="password-current_password-problem"' in refused.text
    assert 'id="password-new_password-problem">Use 8 characters or more.' in refused.text
    assert changed.status_code == 303
    assert [(await one.get("/me")).status_code for one in (ann, elsewhere)] == [200, 401]


async def test_passwords_cannot_be_tried_without_end(services: Services, owner: Database) -> None:
    rules = RateRules(passwords=1)
    async with started(replace(services, rates=rules)) as app, visiting(app) as client:
        person = await make_person(owner, client)
        form = {"current_password": "x", "new_password": "y"}
        await person.press("/settings/profile/password", **form)

        answer = await person.press("/settings/profile/password", **form)

    assert answer.status_code == 429
    assert "Too many requests; try again in" in answer.text


async def test_a_key_is_shown_once(ada: Person) -> None:
    made = await ada.press("/settings/keys", name="ci 🦊", days="30")
    keys = re.findall(r'value="(rsk_[^"]+)"', made.text)
    again = await ada.visit("/settings/keys")
    used = await ada.client.get(f"{API}/me", headers={"Authorization": f"Bearer {keys[0]}"})

    assert (made.status_code, len(keys)) == (201, 1)
    assert "no-store" in made.headers["cache-control"]
    assert "ci 🦊" in again.text
    assert keys[0] not in again.text
    assert keys[0][:12] in again.text
    assert used.status_code == 200


async def test_a_key_ends_when_it_was_asked_to(ada: Person, owner: Database) -> None:
    await ada.press("/settings/keys", name="ci", days="30")

    ends = await fetch_value(owner, "SELECT expires_at FROM api_keys")

    assert timedelta(days=29) < ends - datetime.now(UTC) <= timedelta(days=30)


@pytest.mark.parametrize(
    ("form", "field"), [({"name": " "}, "name"), ({"name": "x" * 101}, "name"), ({"name": "a\0"}, "name")]
)
async def test_a_key_needs_a_name(ada: Person, owner: Database, form: dict[str, str], field: str) -> None:
    answer = await ada.press("/settings/keys", **form)

    assert answer.status_code == 422
    assert f'id="key-{field}-problem"' in answer.text
    assert await fetch_value(owner, "SELECT count(*) FROM api_keys") == 0


async def test_a_key_is_revoked_after_a_question(ada: Person, services: Services) -> None:
    key, secret = await create_api_key(services.database, ada.viewer, name="<ci>", expires_at=None)

    asked = await ada.visit(f"/settings/keys/{key.id}/revoke")
    revoked = await ada.press(f"/settings/keys/{key.id}/revoke")
    used = await ada.client.get(f"{API}/me", headers={"Authorization": f"Bearer {secret}"})

    assert "Revoke “&lt;ci&gt;”?" in asked.text
    assert (revoked.status_code, used.status_code) == (303, 401)


async def test_a_key_of_another_is_missing(ada: Person, bob: Person, services: Services) -> None:
    key, _ = await create_api_key(services.database, bob.viewer, name="ci", expires_at=None)

    answers = [
        await ada.visit(f"/settings/keys/{key.id}/revoke"),
        await ada.press(f"/settings/keys/{key.id}/revoke"),
        await ada.press(f"/settings/keys/{uuid4()}/revoke"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_sessions_say_where_they_are_and_when_they_were_used(
    client: httpx.AsyncClient, ann: Person
) -> None:
    await sign_in(client, ann, agent=EDGE)

    page = (await ann.visit("/settings/sessions")).text

    assert "Firefox on Linux" in page
    assert "Edge on Windows" in page
    assert page.count("last used") == 2
    assert page.count("This session") == 1
    assert page.count('/revoke"') == 1


async def test_a_session_is_ended_from_another(client: httpx.AsyncClient, ann: Person) -> None:
    elsewhere = await sign_in(client, ann, agent=EDGE)
    page = (await ann.visit("/settings/sessions")).text
    (path,) = re.findall(r'action="(/settings/sessions/[0-9a-f-]{36}/revoke)"', page)

    ended = await ann.press(path)
    again = await ann.press(path)

    assert (ended.status_code, again.status_code) == (303, 404)
    assert [(await one.get("/me")).status_code for one in (ann, elsewhere)] == [200, 401]


async def test_all_other_sessions_are_ended_at_once(client: httpx.AsyncClient, ann: Person) -> None:
    others = [await sign_in(client, ann, agent=agent) for agent in (EDGE, "curl/8.5")]

    answer = await ann.press("/settings/sessions/revoke-others")

    assert answer.status_code == 303
    assert [(await one.get("/me")).status_code for one in (ann, *others)] == [200, 401, 401]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari on macOS"),
        ("python-httpx/0.28", "python-httpx/0.28"),
        ("x" * 100, "x" * 60),
        (None, "An unnamed program"),
    ],
)
def test_agents_are_named_in_a_few_words(agent: str | None, words: str) -> None:
    assert name_agent(agent) == words


async def test_credits_tell_what_each_change_was_for(ada: Person, owner: Database) -> None:
    job = await make_job(owner, ada.viewer)
    held = (await ada.visit("/settings/credits")).text
    await cancel(owner, ada.viewer, job_id=job.id)
    after = (await ada.visit("/settings/credits")).text

    assert f"{job.price:,} more are set aside" in held
    assert ("Set aside" in held, f"<b>-{job.price}</b>" in held) == (True, True)
    assert ("Given back" in after, f"<b>+{job.price}</b>" in after) == (True, True)
    assert f'href="/jobs/{job.id}"' in after


async def test_a_change_of_a_deleted_job_leads_nowhere(ada: Person, owner: Database) -> None:
    job = await make_job(owner, ada.viewer)
    await cancel(owner, ada.viewer, job_id=job.id)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE jobs SET deleted_at = now() WHERE id = $1", job.id)

    page = (await ada.visit("/settings/credits")).text

    assert "a job since deleted" in page
    assert f"/jobs/{job.id}" not in page


async def test_credits_come_in_pages(ada: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO ledger (id, user_id, kind, amount, balance_after, reason) "
            "SELECT gen_random_uuid(), $1, 'grant', n, n, 'gift ' || n FROM generate_series(1, 30) n",
            ada.viewer.user_id,
        )
    first = (await ada.visit("/settings/credits")).text
    (older,) = re.findall(r'href="(/settings/credits\?cursor=[^"]+)"', first)

    second = (await ada.visit(older)).text

    gifts = [set(re.findall(r"gift (\d+)<", page)) for page in (first, second)]
    assert gifts[0].isdisjoint(gifts[1])
    assert len(gifts[0] | gifts[1]) == 30


async def test_limits_are_those_of_the_account(ada: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET slots = 37 WHERE id = $1", ada.viewer.user_id)

    page = (await ada.visit("/settings/limits")).text

    assert re.search(r'Jobs at once</div><b class="amount">37</b>', page)
    assert "The plan “free”" in page


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_theme_is_kept_in_the_browser(ada: Person, theme: str) -> None:
    answer = await ada.press("/settings/appearance", theme=theme)
    cookie = ada.cookie | {"Cookie": f"{ada.cookie['Cookie']}; theme={theme}"}
    page = (await ada.client.get("/settings/appearance", headers=cookie)).text

    assert answer.status_code == 303
    assert f"theme={theme};" in ", ".join(answer.headers.get_list("set-cookie"))
    assert f'<html lang="en" data-theme="{theme}">' in page
    assert f'value="{theme}" checked' in page


async def test_the_theme_of_the_device_forgets_the_choice(ada: Person) -> None:
    answer = await ada.press("/settings/appearance", theme="system")

    assert 'theme=""' in ", ".join(answer.headers.get_list("set-cookie"))


async def test_no_page_of_another_site_can_send_the_forms(ada: Person) -> None:
    headers = ada.cookie | {"Origin": "https://evil.example"}

    answers = [
        await ada.client.post(path, data={"username": "x", "name": "x", "theme": "dark"}, headers=headers)
        for path in ("/settings/profile", "/settings/keys", "/settings/appearance")
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
