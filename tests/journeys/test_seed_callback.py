"""A job whose work is done by a provider far away, and the metrics that tell of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from rushes.actions.accounts import Registration
from rushes.actions.admin_accounts import create
from rushes.db.pool import Database
from rushes.dispatch.config import CallbackConfig
from rushes.domain.accounts import Role, Viewer
from rushes.domain.ids import UserId
from rushes.outgoing.client import OutgoingClient
from rushes.storage.store import Storage, local_storage
from rushes.web.services import Services
from tests.dispatch.stage import make_inputs, working
from tests.dispatch.test_callbacks import DistantRunner
from tests.engines.motion.media import shifting, write_video
from tests.journeys.site import Person, person
from tests.outgoing.receiver import Reply, receiving
from tests.web.people import SECRET
from tests.web.site import served

ROOT = {"email": "root@example.org", "password": "correct horse battery"}


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """The store that the web and the worker share."""
    return local_storage(tmp_path / "storage")


@pytest.fixture
async def address(web: Database, database_url: str, storage: Storage) -> AsyncIterator[str]:
    """Where a real server answers."""
    services = Services(database=web, listen_url=database_url, storage=storage, secret=SECRET)
    async with served(services) as address:
        yield address


@pytest.fixture
async def provider(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody else's machine, which has nothing but the address that it was given."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
async def distant(provider: httpx.AsyncClient) -> AsyncIterator[DistantRunner]:
    """A runner that leaves the work to the provider, and fetches what it made."""
    outgoing = OutgoingClient(allow_private=True)
    yield DistantRunner(client=outgoing, provider=provider)
    await outgoing.aclose()


async def metrics_at(owner: Database, address: str) -> dict[str, object]:
    """What an administrator sees of the last hour."""
    await create(owner, Registration(**ROOT, role=Role.ADMIN))
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        token = (await client.post("/api/v1/auth/login", json=ROOT)).json()["token"]
        answer = await client.get(
            "/api/v1/admin/metrics",
            params={"window": "1h"},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def submit_with_inputs(ada: Person, owner: Database, storage: Storage) -> str:
    """Submit a job whose files are stored and measured already."""
    user_id = UserId((await ada.client.get("/api/v1/me")).json()["id"])
    inputs = await make_inputs(owner, storage, Viewer(user_id=user_id, role=Role.USER, session_id=None))
    answer = await ada.client.post(
        "/api/v1/jobs",
        json={
            "job_type": "base",
            "inputs": {role: str(asset_id) for role, asset_id in inputs.items()},
            "metadata": {"job_id": "set-of-three", "reference_strength": 0.5},
        },
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def test_queued_job_is_completed_by_callbacks_and_counted(
    owner: Database,
    work: Database,
    database_url: str,
    storage: Storage,
    address: str,
    distant: DistantRunner,
    tmp_path: Path,
) -> None:
    film = write_video(tmp_path / "film.mp4", shifting(64, 48, frames=8, step=2), rate=8).read_bytes()
    callbacks = CallbackConfig(origin=address, secret=SECRET)
    async with (
        person(address) as ada,
        receiving(Reply(body=film)) as files,
        working(work, database_url, storage, tmp_path / "scratch", distant, callbacks=callbacks),
    ):
        async with owner.transaction() as tx:
            # What that plan's jobs make is stored as it came: without a watermark.
            await tx.execute("UPDATE users SET plan = 'pro'")
        job_id = await submit_with_inputs(ada, owner, storage)
        async with asyncio.timeout(60):
            url = await distant.given.get()
        halfway = await distant.provider.post(url, json={"status": "progress", "progress": 40})
        ended = await distant.provider.post(
            url, json={"status": "completed", "outputs": [{"url": files.url}]}
        )
        job = await ada.until_final(job_id)
        late = await distant.provider.post(url, json={"status": "failed", "error_message": "no"})
        video = (await ada.client.get(f"/api/v1/videos/{job['video_id']}")).json()
        stored = await ada.client.get(job["output"]["url"])
        metrics = await metrics_at(owner, address)

    assert [answer.status_code for answer in (halfway, ended, late)] == [202, 202, 409]
    assert url.startswith(f"{address}/api/v1/callbacks/")
    assert (job["status"], job["image_id"], video["job_id"]) == ("completed", None, job_id)
    assert job["metadata"] == {"job_id": "set-of-three", "reference_strength": 0.5}
    assert stored.content == film
    assert (metrics["submitted"], metrics["completed"], metrics["success_rate"]) == (1, 1, 1.0)
    (of_type,) = metrics["job_types"]
    assert (of_type["job_type"], of_type["completed"], of_type["duration_samples"]) == ("base", 1, 1)
    (cpu,) = [lane for lane in metrics["lanes"] if lane["lane"] == "cpu"]
    assert (cpu["queued"], cpu["workers"], cpu["wait_samples"]) == (0, 1, 1)
