import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from tests.cli.conftest import Run
from tests.cli.support import SECRET, Site, get
from tests.engines.test_registry import install

UNREACHABLE = "postgresql://ada:hunter2@127.0.0.1:1/rushes"


@pytest.fixture
async def stranger(owner: Database) -> AsyncIterator[str]:
    """A user of the server to whom nothing was granted."""
    name = f"stranger_{uuid4().hex}"
    async with owner.transaction() as tx:
        await tx.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'hunter2'")
    yield name
    async with owner.transaction() as tx:
        await tx.execute(f"DROP ROLE {name}")


def test_doctor_finds_nothing_wrong_beside_a_running_up_and_leaves_it_alone(run: Run, up: Site) -> None:
    ended = run("doctor", HOME=str(up.home))

    assert ended.returncode == 0, ended.stdout
    assert "All is well." in ended.stdout
    assert get(f"{up.address}/readyz").status_code == 200


def test_doctor_names_the_lanes_without_a_worker(run: Run, database_url: str) -> None:
    ended = run("doctor", DATABASE_URL=database_url, SECRET=SECRET)

    assert ended.returncode == 1
    assert "No live worker serves cpu" in ended.stdout
    assert "rushes work --lanes cpu" in ended.stdout


def test_doctor_asks_for_a_migration_and_a_secret(run: Run, empty_database_url: str) -> None:
    ended = run("doctor", DATABASE_URL=empty_database_url)

    assert ended.returncode == 1
    assert "→ Run `rushes migrate`." in ended.stdout
    assert "RUSHES_SECRET is required" in ended.stdout


async def test_doctor_names_the_roles_that_the_user_cannot_take(
    run: Run, owner: Database, database_url: str, stranger: str
) -> None:
    url = urlsplit(database_url)
    address = url._replace(netloc=f"{stranger}:hunter2@{url.hostname}:{url.port}").geturl()

    ended = run("doctor", DATABASE_URL=address, SECRET=SECRET)

    assert ended.returncode == 1
    assert re.search("roles +✗ wrong +The database's user cannot act as rushes_admin", ended.stdout)
    assert re.search("schema +✗ wrong", ended.stdout)
    assert "hunter2" not in ended.stdout + ended.stderr


def test_doctor_goes_on_without_a_database(run: Run) -> None:
    ended = run("doctor", DATABASE_URL=UNREACHABLE, SECRET=SECRET)

    assert ended.returncode == 1
    assert re.search(r"database +✗ wrong", ended.stdout)
    assert re.search(r"engine motion +✓ ok", ended.stdout)
    assert "hunter2" not in ended.stdout + ended.stderr


def test_doctor_names_a_storage_that_cannot_be_written(run: Run, folder: Path, database_url: str) -> None:
    (folder / "file").write_text("")

    ended = run("doctor", DATABASE_URL=database_url, SECRET=SECRET, STORAGE=str(folder / "file" / "storage"))

    assert ended.returncode == 1
    assert re.search(r"storage +✗ wrong", ended.stdout)


def test_doctor_names_a_secret_that_others_can_read(run: Run, home: Path) -> None:
    run("migrate")
    (home / "secret").write_text(SECRET)
    (home / "secret").chmod(0o644)

    ended = run("doctor")

    assert "chmod 600" in ended.stdout


def test_doctor_names_an_embedded_database_that_cannot_start(run: Run, home: Path) -> None:
    (home / "postgres" / "data").mkdir(parents=True)

    ended = run("doctor")

    assert ended.returncode == 1
    assert re.search(r"database +✗ wrong", ended.stdout)
    assert "Traceback" not in ended.stderr


def test_doctor_names_engines_that_share_a_name(run: Run, folder: Path) -> None:
    install(folder, "[rushes.engines]\nfading = one:Engine\nfading = other:Engine\n")

    ended = run("doctor", DATABASE_URL=UNREACHABLE, SECRET=SECRET)

    assert re.search(r"engine fading +✗ wrong +one:Engine and other:Engine", ended.stdout)
