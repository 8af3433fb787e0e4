import re
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.support import SECRET, Site, get

UNREACHABLE = "postgresql://ada:hunter2@127.0.0.1:1/rushes"


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
