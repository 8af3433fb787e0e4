from tests.cli.conftest import Run, Start

UNREACHABLE = "postgresql://ada:hunter2@127.0.0.1:1/rushes"


def test_migrate_says_from_where_to_where(run: Run, empty_database_url: str) -> None:
    ended = run("migrate", DATABASE_URL=empty_database_url)

    assert ended.returncode == 0
    assert ended.stdout.startswith("The database went from empty to revision 0")


def test_migrate_twice_changes_nothing(run: Run, empty_database_url: str) -> None:
    run("migrate", DATABASE_URL=empty_database_url)

    ended = run("migrate", DATABASE_URL=empty_database_url)

    assert ended.returncode == 0
    assert "already" in ended.stdout


def test_migrate_twice_at_once_succeeds(start: Start, run: Run, empty_database_url: str) -> None:
    other = start("migrate", DATABASE_URL=empty_database_url)

    ended = run("migrate", DATABASE_URL=empty_database_url)

    assert ended.returncode == 0, ended.stderr
    assert other.process.wait() == 0, other.errors()


def test_migrate_makes_an_embedded_database(run: Run) -> None:
    ended = run("migrate")

    assert ended.returncode == 0
    assert "went from empty" in ended.stdout


def test_unreachable_database_is_told_without_its_password(run: Run) -> None:
    ended = run("migrate", DATABASE_URL=UNREACHABLE)

    assert ended.returncode == 1
    assert ended.stderr.startswith("rushes: The database does not answer")
    assert "Check RUSHES_DATABASE_URL" in ended.stderr
    assert "hunter2" not in ended.stderr
