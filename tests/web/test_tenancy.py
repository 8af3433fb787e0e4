"""Nobody sees or touches what is somebody else's, and cannot tell it from what is not there."""

from uuid import uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.media import AssetRole
from tests.factories import claim_one, complete, make_asset, make_output, read_job
from tests.web.people import API, Person, make_queued_job
from tests.web.routes import JOB_ROUTES


@pytest.mark.parametrize(("method", "route"), JOB_ROUTES)
async def test_anothers_job_is_missing(
    ada: Person, bob: Person, owner: Database, work: Database, method: str, route: str
) -> None:
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")

    his = await bob.client.request(method, route.format(job.id), headers=bob.bearer)
    nobodys = await bob.client.request(method, route.format(uuid4()), headers=bob.bearer)

    assert his.status_code == nobodys.status_code == 404
    assert {**his.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}
    assert (await read_job(owner, job.id)).status == "completed"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_anothers_asset_is_missing(ada: Person, bob: Person, owner: Database, method: str) -> None:
    asset_id = await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE)

    answer = await bob.client.request(method, f"{API}/assets/{asset_id}", headers=bob.bearer)

    assert answer.status_code == 404
    assert (await ada.get(f"/assets/{asset_id}")).status_code == 200


async def test_anothers_api_key_cannot_be_revoked(ada: Person, bob: Person) -> None:
    made = (await ada.post("/api-keys", {"name": "ci"})).json()

    answer = await bob.delete(f"/api-keys/{made['id']}")

    assert answer.status_code == 404
    assert len((await ada.get("/api-keys")).json()["api_keys"]) == 1


async def test_lists_hold_only_ones_own(ada: Person, bob: Person, owner: Database) -> None:
    await make_queued_job(owner, ada)
    await ada.post("/api-keys", {"name": "ci"})

    jobs, keys = (await bob.get("/jobs")).json(), (await bob.get("/api-keys")).json()

    assert (jobs["jobs"], jobs["counts"], keys["api_keys"]) == ([], {}, [])
    assert "No jobs yet" in (await bob.visit("/jobs")).text
