"""What fuzzing found once."""

from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from tests.factories import PNG
from tests.web.conftest import ada, app, client, folder, services, storage
from tests.web.people import Person, base_job, wrong_fields

__all__ = ["ada", "app", "client", "folder", "services", "storage"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/api/v1/jobs", "GET, POST"), ("/api/v1/projects/x", "DELETE, GET, PATCH"), ("/healthz", "GET")],
)
async def test_refused_method_names_all_that_the_address_has(
    client: httpx.AsyncClient, path: str, methods: str
) -> None:
    answer = await client.request("TRACE", path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == methods


async def test_address_and_form_cannot_name_different_roles(ada: Person) -> None:
    answer = await ada.client.post(
        "/api/v1/assets?role=reference",
        data={"role": "motion"},
        files={"file": ("a.png", PNG)},
        headers=ada.bearer,
    )

    assert answer.status_code == 422
    assert wrong_fields(answer) == ["role"]


@pytest.mark.parametrize("time", ["0.5", "1", "-1", "infinity", "9999-12-31T23:59:59-23:59"])
async def test_time_is_a_date_and_never_a_number(ada: Person, time: str) -> None:
    answer = await ada.get("/jobs", to=time)

    assert answer.status_code == 422
    assert wrong_fields(answer) == ["to"]


@pytest.mark.parametrize("value", [0, 1, "true", None])
async def test_truth_is_true_or_false_and_nothing_like_it(owner: Database, ada: Person, value: Any) -> None:
    body = await base_job(owner, ada, options={"safety_checker_video": value})

    answer = await ada.post("/jobs", body)

    assert answer.status_code == 422
    assert wrong_fields(answer) == ["options.safety_checker_video"]
