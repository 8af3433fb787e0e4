from pathlib import Path
from uuid import UUID

import pytest

from rushes.client.errors import ClientError, LoginMissing
from rushes.client.login import Access, Login, find_access, forget_login, keep_login, login_file, read_login

KEPT = Login(url="https://a.example", api_key="rsk_kept", key_id=UUID(int=1))


def test_what_is_given_wins() -> None:
    variables = {"RUSHES_URL": "https://b.example", "RUSHES_API_KEY": "rsk_variable"}

    access = find_access(url="https://c.example/", credential="rsk_given", environment=variables)

    assert access == Access(url="https://c.example", credential="rsk_given")


def test_environment_wins_over_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_login(KEPT)
    monkeypatch.setenv("RUSHES_API_KEY", "rsk_variable")

    assert find_access(url=None, credential=None) == Access(url=KEPT.url, credential="rsk_variable")


def test_login_is_used_without_any_of_them() -> None:
    keep_login(KEPT)

    assert find_access(url=None, credential=None) == Access(url=KEPT.url, credential=KEPT.api_key)


def test_key_of_a_login_goes_to_no_other_server() -> None:
    keep_login(KEPT)

    assert find_access(url="https://evil.example", credential=None).credential is None


def test_empty_key_is_nobodys() -> None:
    keep_login(KEPT)

    assert find_access(url=None, credential="") == Access(url=KEPT.url, credential=None)


def test_without_an_address_the_way_to_one_is_told() -> None:
    with pytest.raises(LoginMissing, match="rushes login"):
        find_access(url=None, credential="rsk_given")


def test_login_is_for_this_account_alone() -> None:
    file = keep_login(KEPT)

    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in file.parent.iterdir()] == ["login.json"]


def test_login_replaces_the_one_before() -> None:
    keep_login(KEPT)
    keep_login(other := Login(url="https://b.example", api_key="rsk_other"))

    assert read_login() == other


def test_login_can_be_forgotten_twice() -> None:
    keep_login(KEPT)
    forget_login()
    forget_login()

    assert read_login() is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"url": 1}'])
def test_broken_login_says_where_it_is(content: bytes) -> None:
    keep_login(KEPT).write_bytes(content)

    with pytest.raises(LoginMissing, match=str(login_file())):
        read_login()


def test_relative_folder_of_settings_is_passed_over() -> None:
    variables = {"XDG_CONFIG_HOME": "relative"}

    assert login_file(variables) == Path("~/.config/rushes/login.json").expanduser()


def test_address_of_a_variable_must_be_one() -> None:
    with pytest.raises(ClientError, match="no address"):
        find_access(url=None, credential=None, environment={"RUSHES_URL": "localhost:8000", "HOME": "/"})
