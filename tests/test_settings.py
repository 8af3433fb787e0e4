import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rushes.errors import SettingsError
from rushes.settings import Settings, describe_settings, read_settings, variable_of

STRONG = "q7Zt0bX2mVn4Kc8RrJ1dWsY6hLpA3uGe9fTx"
DATABASE = "postgresql://ada:hunter2@db.example.org:5432/rushes"

SetVariables = Callable[..., None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without a rushes.toml, and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RUSHES_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> SetVariables:
    """Set environment variables, named without their prefix."""

    def set_variables(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"RUSHES_{name}", value)

    return set_variables


def test_defaults_need_nothing_from_the_operator() -> None:
    settings = read_settings()

    assert settings.database_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.storage == settings.home / "storage"
    assert settings.worker.lanes == "all"


def test_flag_wins_over_the_environment_and_that_over_the_file(folder: Path, given: SetVariables) -> None:
    (folder / "rushes.toml").write_text('host = "10.0.0.1"\nport = 1\nsignup_credits = 1\n')
    given(PORT="2", SIGNUP_CREDITS="2")

    settings = read_settings({"signup_credits": 3})

    assert (settings.host, settings.port, settings.signup_credits) == ("10.0.0.1", 2, 3)


def test_table_of_the_file_is_joined_with_the_environment_and_flags(
    folder: Path, given: SetVariables
) -> None:
    (folder / "rushes.toml").write_text('[worker]\nlanes = ["gpu"]\nslots = 2\nlease_seconds = 60\n')
    given(WORKER_SLOTS="3")

    worker = read_settings({"worker": {"lanes": "cpu"}}).worker

    assert (worker.lanes, worker.slots, worker.lease_seconds) == (("cpu",), 3, 60)


def test_file_can_be_elsewhere(folder: Path, given: SetVariables) -> None:
    (folder / "other.toml").write_text("port = 4321\n")
    given(CONFIG=str(folder / "other.toml"))

    assert read_settings().port == 4321


@pytest.mark.parametrize(("text", "lanes"), [("all", "all"), ("cpu", ("cpu",)), ("cpu, gpu", ("cpu", "gpu"))])
def test_lanes_are_split_at_commas(given: SetVariables, text: str, lanes: object) -> None:
    given(WORKER_LANES=text)

    assert read_settings().worker.lanes == lanes


def test_storage_lies_in_the_home_folder_that_was_named(given: SetVariables, folder: Path) -> None:
    given(HOME=str(folder / "data"))

    assert read_settings().storage == folder / "data" / "storage"


def test_relative_folder_is_made_absolute(given: SetVariables, folder: Path) -> None:
    given(HOME="data")

    assert read_settings().home == folder / "data"


def test_empty_variable_is_as_if_unset(given: SetVariables) -> None:
    given(DATABASE_URL="", PORT="")

    assert read_settings().database_url is None


def test_variables_of_the_tests_are_none_of_our_business(given: SetVariables) -> None:
    given(TEST_DATABASE_URL="postgresql://x")

    assert read_settings().database_url is None


def test_short_scheme_of_the_database_is_understood(given: SetVariables) -> None:
    given(DATABASE_URL="postgres://ada@db.example.org/rushes")

    url = read_settings().database_url

    assert url is not None
    assert url.get_secret_value() == "postgresql://ada@db.example.org/rushes"


def test_database_on_a_unix_socket_is_accepted(given: SetVariables) -> None:
    given(DATABASE_URL="postgresql:///rushes?host=/run/postgresql")

    assert read_settings().database_url is not None


def test_public_url_is_kept_without_a_slash_at_its_end(given: SetVariables) -> None:
    given(PUBLIC_URL="https://rushes.example.org/")

    assert read_settings().public_url == "https://rushes.example.org"


@pytest.mark.parametrize(
    "url", ["rushes.example.org", "ftp://a.example", "https://a.example?b", "https://u@a.example"]
)
def test_public_url_has_to_be_an_address(given: SetVariables, url: str) -> None:
    given(PUBLIC_URL=url)

    with pytest.raises(SettingsError, match="use https://HOST"):
        read_settings()


def test_secrets_are_not_printed(given: SetVariables) -> None:
    given(DATABASE_URL=DATABASE, SECRET=STRONG)

    printed = f"{read_settings()!r} {read_settings()} {read_settings().model_dump()}"

    assert "hunter2" not in printed
    assert STRONG not in printed


def test_settings_cannot_be_changed() -> None:
    settings = read_settings()

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # pyright: ignore[reportAttributeAccessIssue] -- that is what is tested


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "port (RUSHES_PORT): should be a valid integer, not 'eighty'"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("DATABASE_URL", "mysql://ada@db.example.org/x", "use postgresql://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("DATABASE_URL", "postgresql://", "use postgresql://"),
        ("DATABASE_URL", "postgresql://h:99999/x", "use postgresql://"),
        ("SECRET", "short", "secret (RUSHES_SECRET): use 32 bytes or more"),
        ("SECRET", "x" * 40, "can be guessed"),
        ("SECRET", "please-change-this-to-something-long-1", "can be guessed"),
        ("WORKER_LANES", ",", "lanes"),
        ("WORKER_SLOTS", "0", "worker.slots (RUSHES_WORKER_SLOTS): should be greater than or equal to 1"),
        ("WORKER_LEASE_SECONDS", "1", "greater than or equal to 5"),
        ("LIMITS_IMAGE_MIB", "-1", "limits.image_mib"),
        ("LOG_LEVEL", "loud", "log.level (RUSHES_LOG_LEVEL): should be 'debug', 'info'"),
        ("SECURE_COOKIES", "perhaps", "secure_cookies"),
        ("HOME", "~no-such-account/x", "no home folder"),
    ],
)
def test_wrong_value_is_named_with_what_to_do(given: SetVariables, name: str, value: str, says: str) -> None:
    given(**{name: value})

    with pytest.raises(SettingsError) as refusal:
        read_settings()

    assert says in refusal.value.message


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET"])
def test_refusal_does_not_tell_a_secret(given: SetVariables, name: str) -> None:
    given(**{name: "mysql://ada:hunter2@db"})

    with pytest.raises(SettingsError) as refusal:
        read_settings()

    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_all_that_is_wrong_is_named_at_once(given: SetVariables) -> None:
    given(PORT="x", LOG_FORMAT="y")

    with pytest.raises(SettingsError) as refusal:
        read_settings()

    assert [problem.field for problem in refusal.value.fields] == [
        "port (RUSHES_PORT)",
        "log.format (RUSHES_LOG_FORMAT)",
    ]


def test_misspelt_variable_is_refused_with_the_likely_one(given: SetVariables) -> None:
    given(DATABSE_URL=DATABASE)

    with pytest.raises(SettingsError, match="Did you mean RUSHES_DATABASE_URL") as refusal:
        read_settings()

    assert "hunter2" not in str(refusal.value)


def test_group_is_not_a_variable(given: SetVariables) -> None:
    given(WORKER='{"slots": 2}')

    with pytest.raises(SettingsError, match="RUSHES_WORKER: There is no such setting"):
        read_settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prt = 1\n", "prt: There is no such setting. Did you mean port"),
        ("[worker]\nslot = 1\n", "worker.slot: There is no such setting. Did you mean worker.slots"),
        ("worker = 1\n", "worker"),
        ("port =\n", "cannot be read"),
        ('home = "\xff"\n', "cannot be read"),
    ],
)
def test_wrong_file_is_refused(folder: Path, text: str, says: str) -> None:
    (folder / "rushes.toml").write_bytes(text.encode("latin-1"))

    with pytest.raises(SettingsError) as refusal:
        read_settings()

    assert says in refusal.value.message


def test_named_file_has_to_exist(given: SetVariables) -> None:
    given(CONFIG="missing.toml")

    with pytest.raises(SettingsError, match=r"names missing\.toml, and there is no such file"):
        read_settings()


def test_every_setting_is_described() -> None:
    undescribed = [name for name, field in describe_settings() if not field.description]

    assert not undescribed


def test_every_setting_has_a_variable_of_its_own() -> None:
    names = [variable_of(name) for name, _ in describe_settings()]

    assert len(set(names)) == len(names)
    assert "RUSHES_WORKER_LEASE_SECONDS" in names


def test_reading_the_settings_needs_no_arrays_or_codecs() -> None:
    program = "import sys, rushes.settings; sys.exit(bool({'numpy', 'cv2', 'av', 'PIL'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_tree_has_a_default_for_everything() -> None:
    assert not [name for name, field in Settings.model_fields.items() if field.is_required()]
