import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from rushes.db.pool import Database
from rushes.web.services import Services
from tests.actions.hooks import INSERT_DELIVERY
from tests.factories import fetch_value
from tests.web.people import Person
from tests.web.site import started

PUBLIC = "https://93.184.215.14/hooks"
"""An address that need not be looked up."""

FORM = {"url": PUBLIC, "events": ["job.completed", "job.failed"], "description": "Mine 🦊"}
SECRET = re.compile(r'value="(whsec_[^"]+)"')


@pytest.fixture
async def app(services: Services) -> AsyncIterator[FastAPI]:
    """The application, which does not wait for tests: no worker sends them."""
    async with started(replace(services, test_wait=timedelta(0))) as app:
        yield app


async def make_webhook(person: Person, **changes: Any) -> str:
    """The path of a new endpoint's page."""
    answer = await person.press("/settings/webhooks", **(FORM | changes))
    assert answer.status_code == 201, answer.text
    (found,) = set(re.findall(r'action="(/settings/webhooks/[0-9a-f-]{36})/pause"', answer.text))
    return found


async def make_delivery(owner: Database, person: Person, path: str) -> str:
    """A delivery that failed after one try."""
    delivery_id = str(uuid4())
    async with owner.transaction() as tx:
        await tx.execute(INSERT_DELIVERY, delivery_id, path.rpartition("/")[2], person.viewer.user_id)
        await tx.execute(
            "UPDATE webhook_deliveries SET status = 'failed', tries = 1, error = 'It answered 500.' "
            "WHERE id = $1",
            delivery_id,
        )
        await tx.execute(
            "INSERT INTO webhook_tries (delivery_id, number, response_code, error, seconds) "
            "VALUES ($1, 1, 500, 'It answered 500.', 0.25)",
            delivery_id,
        )
    return delivery_id


async def test_the_secret_is_shown_once(ada: Person) -> None:
    made = await ada.press("/settings/webhooks", **FORM)
    path = await make_webhook(ada, description="Another")
    again = await ada.visit(path)

    assert (made.status_code, len(SECRET.findall(made.text))) == (201, 1)
    assert "whsec_" not in again.text


async def test_endpoints_are_listed(ada: Person) -> None:
    path = await make_webhook(ada)

    page = (await ada.visit("/settings/webhooks")).text

    assert f'href="{path}">Mine 🦊</a>' in page
    assert "job.completed, job.failed" in page
    assert "Active" in page


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": "ftp://x"}, 'id="webhook-url-problem"'),
        ({"url": "http://127.0.0.1/hooks"}, 'id="webhook-url-problem"'),
        ({"events": []}, "Choose one or more of"),
        ({"description": "x" * 201}, 'id="webhook-description-problem"'),
    ],
)
async def test_what_is_wrong_is_said_on_the_form(
    ada: Person, owner: Database, changes: dict[str, Any], problem: str
) -> None:
    answer = await ada.press("/settings/webhooks", **(FORM | changes))

    assert (answer.status_code, problem in answer.text) == (422, True)
    assert "Mine 🦊" in answer.text or "description" in changes
    assert await fetch_value(owner, "SELECT count(*) FROM webhook_endpoints") == 0


async def test_an_endpoint_is_changed(ada: Person) -> None:
    path = await make_webhook(ada)

    form = (await ada.visit(f"{path}/edit")).text
    changed = await ada.press(path, url=PUBLIC + "/2", events=["job.cancelled"], description="")
    page = (await ada.visit(path)).text

    assert f'value="{PUBLIC}"' in form
    assert 'value="job.failed" checked' in form
    assert 'value="job.cancelled" checked' not in form
    assert (changed.status_code, changed.headers["location"]) == (303, path)
    assert f"{PUBLIC}/2" in page
    assert "job.cancelled" in page
    assert "Mine 🦊" not in page


async def test_a_refused_change_keeps_what_was_typed(ada: Person) -> None:
    path = await make_webhook(ada)

    answer = await ada.press(path, url="nowhere", events=["job.failed"], description="Typed")

    assert answer.status_code == 422
    assert 'value="nowhere"' in answer.text
    assert 'value="Typed"' in answer.text
    assert f'action="{path}"' in answer.text


async def test_an_endpoint_is_paused_and_resumed(ada: Person) -> None:
    path = await make_webhook(ada)

    await ada.press(f"{path}/pause")
    paused = (await ada.visit(path)).text
    await ada.press(f"{path}/resume")
    resumed = (await ada.visit(path)).text

    assert "Paused: You disabled it." in paused
    assert (f"{path}/test" in paused, f"{path}/test" in resumed) == (False, True)


async def test_a_new_secret_is_made_after_a_question_and_shown_once(ada: Person, owner: Database) -> None:
    path = await make_webhook(ada)

    asked = await ada.visit(f"{path}/rotate")
    made = await ada.press(f"{path}/rotate")

    kept = await fetch_value(owner, "SELECT secret FROM webhook_endpoints")
    assert f'action="{path}/rotate"' in asked.text
    assert SECRET.findall(made.text) == [kept]
    assert "no-store" in made.headers["cache-control"]


async def test_an_endpoint_is_deleted_after_a_question(ada: Person) -> None:
    path = await make_webhook(ada)

    asked = await ada.visit(f"{path}/delete")
    deleted = await ada.press(f"{path}/delete")

    assert PUBLIC in asked.text
    assert (deleted.status_code, deleted.headers["location"]) == (303, "/settings/webhooks")
    assert (await ada.visit(path)).status_code == 404


async def test_a_test_is_sent(ada: Person) -> None:
    path = await make_webhook(ada)

    answer = await ada.press(f"{path}/test")
    page = (await ada.visit(path)).text

    assert answer.status_code == 303
    assert "notice=test_queued:1" in answer.headers["set-cookie"].replace('"', "")
    assert "webhook.test" in page
    assert "Pending" in page


async def test_a_delivery_shows_its_tries_and_is_sent_again(ada: Person, owner: Database) -> None:
    path = await make_webhook(ada)
    delivery_id = await make_delivery(owner, ada, path)

    page = (await ada.visit(path)).text
    again = await ada.press(f"/settings/webhooks/deliveries/{delivery_id}/redeliver")
    after = (await ada.visit(path)).text

    assert "1 try: It answered 500." in page
    assert "500 in 250 ms" in page
    assert (again.status_code, again.headers["location"]) == (303, path)
    assert ("Pending" in after, f"{delivery_id}/redeliver" in after) == (True, False)


async def test_deliveries_come_in_pages(ada: Person, owner: Database) -> None:
    path = await make_webhook(ada)
    for _ in range(21):
        await make_delivery(owner, ada, path)
    first = (await ada.visit(path)).text
    (older,) = re.findall(r'href="([^"]+\?cursor=[^"]+)"', first)

    second = (await ada.visit(older)).text

    assert [page.count('/redeliver"') for page in (first, second)] == [20, 1]


@pytest.mark.parametrize("rest", ["", "/edit", "/rotate", "/delete"])
async def test_an_endpoint_of_another_is_missing(ada: Person, bob: Person, rest: str) -> None:
    path = await make_webhook(bob)

    answer = await ada.visit(path + rest)

    assert answer.status_code == 404
