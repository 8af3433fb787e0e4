"""An account with much to spend, its files, and one job of it, waiting in its lane."""

from functools import partial
from pathlib import Path

import pytest

from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole
from rushes.storage.store import Storage, local_storage
from tests.dispatch.stage import WorkWith, make_inputs, working
from tests.factories import make_job, make_viewer


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """A store in a folder that a worker in another process can open too."""
    return local_storage(tmp_path / "storage")


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    """An account that can have many jobs waiting."""
    return await make_viewer(owner, slots=1000)


@pytest.fixture
async def inputs(owner: Database, storage: Storage, viewer: Viewer) -> dict[AssetRole, AssetId]:
    """A picture and a film of the account."""
    return await make_inputs(owner, storage, viewer)


@pytest.fixture
async def job(owner: Database, viewer: Viewer, inputs: dict[AssetRole, AssetId]) -> Job:
    """A job of the account."""
    return await make_job(owner, viewer, inputs=inputs)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where a worker of the test may work."""
    return tmp_path / "scratch"


@pytest.fixture
def work_with(work: Database, database_url: str, storage: Storage, scratch: Path) -> WorkWith:
    """Starts a worker on the test's database and files: give it a runner, and options of `working`."""
    return partial(working, work, database_url, storage, scratch)
