import httpx

from tests.cli.conftest import Run
from tests.cli.support import Site, post

PASSWORD = "correct horse battery"


def test_created_user_can_sign_in_at_a_running_up(run: Run, up: Site) -> None:
    run(
        "admin",
        "create-user",
        "ada@example.org",
        "--password-stdin",
        stdin=f"{PASSWORD}\n",
        HOME=str(up.home),
    )

    answer = post(f"{up.address}/api/v1/auth/login", {"email": "ada@example.org", "password": PASSWORD})

    assert answer.status_code == httpx.codes.OK


def test_account_is_what_was_asked_for(run: Run, database_url: str) -> None:
    ended = run(
        *("admin", "create-user", "ada@example.org", "--password-stdin"),
        *("--admin", "--plan", "pro", "--credits", "7"),
        stdin=f"{PASSWORD}\n",
        DATABASE_URL=database_url,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "Created ada@example.org: role admin, plan pro, 7 credits.\n"


def test_account_gets_the_credits_of_the_settings(run: Run, database_url: str) -> None:
    ended = run(
        *("admin", "create-user", "ada@example.org", "--password-stdin"),
        stdin=PASSWORD,
        DATABASE_URL=database_url,
        SIGNUP_CREDITS="12",
    )

    assert "12 credits" in ended.stdout


def test_wrong_address_and_short_password_are_both_named(run: Run, database_url: str) -> None:
    ended = run("admin", "create-user", "ada", "--password-stdin", stdin="short\n", DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert "email: Give an email address" in ended.stderr
    assert "password: Use 8 characters or more." in ended.stderr


def test_address_in_use_is_refused(run: Run, database_url: str) -> None:
    command = ("admin", "create-user", "ada@example.org", "--password-stdin")
    run(*command, stdin=PASSWORD, DATABASE_URL=database_url)

    ended = run(*command, stdin=PASSWORD, DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert ended.stderr == "rushes: An account with this email address exists already.\n"


def test_password_cannot_be_asked_for_without_a_terminal(run: Run, database_url: str) -> None:
    ended = run("admin", "create-user", "ada@example.org", DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert "--password-stdin" in ended.stderr


def test_empty_database_asks_for_a_migration(run: Run, empty_database_url: str) -> None:
    ended = run(
        *("admin", "create-user", "ada@example.org", "--password-stdin"),
        stdin=PASSWORD,
        DATABASE_URL=empty_database_url,
    )

    assert ended.returncode == 1
    assert "Run `rushes migrate`." in ended.stderr
