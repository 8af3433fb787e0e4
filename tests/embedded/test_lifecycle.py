import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from rushes.embedded.postmaster import find_postmaster
from rushes.embedded.server import EmbeddedPostgres
from rushes.errors import EmbeddedDatabaseError
from tests.embedded.support import OwnerProcess, User, ask, keep_note, postgres_process, read_note


def test_start_answers_when_the_folder_is_new(database: EmbeddedPostgres) -> None:
    connection = database.start()

    assert connection.owned
    assert ask(connection.url, "SELECT 1") == 1


def test_start_answers_when_run_as_an_ordinary_user(
    owner: Callable[..., OwnerProcess], ordinary: User
) -> None:
    connection = owner(user=ordinary).start()

    assert connection["owned"]
    assert ask(connection["url"], "SELECT 1") == 1


def test_start_answers_when_the_path_is_long_and_has_spaces(folder: Path) -> None:
    home = folder / "a folder with spaces, 'quotes' and ünïcode" / ("long " * 40).strip() / "postgres"

    with EmbeddedPostgres(home) as database:
        assert ask(database.start().url, "SELECT 1") == 1


def test_start_keeps_data_and_password_when_it_was_stopped_before(database: EmbeddedPostgres) -> None:
    first = database.start()
    keep_note(first.url, "kept")
    database.stop()

    second = database.start()

    assert read_note(second.url) == "kept"
    assert second.url.partition("@")[0] == first.url.partition("@")[0]


def test_start_returns_the_same_connection_when_it_runs_already(database: EmbeddedPostgres) -> None:
    first = database.start()

    assert database.start() == first


def test_start_attaches_when_another_owns_the_server(database: EmbeddedPostgres, home: Path) -> None:
    owned = database.start()

    attached = EmbeddedPostgres(home).start()

    assert not attached.owned
    assert attached.url == owned.url


def test_stop_leaves_the_server_when_another_owns_it(database: EmbeddedPostgres, home: Path) -> None:
    owned = database.start()

    with EmbeddedPostgres(home):
        pass

    assert ask(owned.url, "SELECT 1") == 1


def test_stop_ends_the_server_when_called_twice(database: EmbeddedPostgres, home: Path) -> None:
    database.start()
    process = postgres_process(home)

    database.stop()
    database.stop()

    assert not process.is_running()
    assert find_postmaster(home / "data") is None


def test_start_has_one_owner_when_three_start_at_once(
    owner: Callable[..., OwnerProcess], ordinary: User
) -> None:
    starters = [owner(user=ordinary), owner(user=ordinary), owner(user=ordinary)]
    starters[0].tell_to_start()
    starters[1].tell_to_start()
    starters[2].tell_to_start()

    answers = [starter.answer() for starter in starters]

    assert sorted(answer["owned"] for answer in answers) == [False, False, True]
    assert [ask(answer["url"], "SELECT 1") for answer in answers] == [1, 1, 1]


def test_start_gives_its_secrets_to_nobody_else(database: EmbeddedPostgres, home: Path) -> None:
    database.start()

    modes = {path.name: path.stat().st_mode & 0o777 for path in home.iterdir()}

    assert modes == {"data": 0o700, "lock": 0o600, "password": 0o600, "postgres.log": 0o600}


def test_server_asks_for_the_password_when_one_connects(database: EmbeddedPostgres) -> None:
    url = database.start().url
    guess = url.replace(url.split(":")[2].split("@")[0], secrets.token_urlsafe())

    with pytest.raises(Exception, match="password authentication failed"):
        ask(guess, "SELECT 1")


def test_settings_replace_ours_when_given(home: Path) -> None:
    with EmbeddedPostgres(home, settings={"max_connections": "33"}) as database:
        url = database.start().url

        assert ask(url, "SHOW max_connections") == "33"
        assert ask(url, "SHOW jit") == "off"
        assert ask(url, "SHOW fsync") == "on"


def test_start_says_what_postgres_refused_when_a_setting_is_wrong(home: Path) -> None:
    database = EmbeddedPostgres(home, settings={"shared_buffers": "plenty"})

    with pytest.raises(EmbeddedDatabaseError, match=r"refused to start[\s\S]*shared_buffers.*plenty"):
        database.start()


def test_start_says_so_when_the_port_is_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        database = EmbeddedPostgres(home, settings={"port": str(listener.getsockname()[1])})

        with pytest.raises(EmbeddedDatabaseError, match="Address already in use"):
            database.start()
