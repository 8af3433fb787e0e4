import pytest

from rushes.errors import SettingsError
from rushes.settings import read_settings


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://app.example.org", ("https://app.example.org",)),
        (
            "https://App.example.org/, http://localhost:9000",
            ("https://app.example.org", "http://localhost:9000"),
        ),
    ],
)
def test_origins_are_read_as_browsers_write_them(given: str, read: tuple[str, ...]) -> None:
    settings = read_settings({"cors": {"origins": given}})

    assert settings.cors.origins == read


def test_nobody_else_is_let_in_by_default() -> None:
    assert read_settings().cors.origins == ()


@pytest.mark.parametrize(
    "given", ["*", "app.example.org", "https://a.example.org/path", "ftp://a.example", ","]
)
def test_what_is_no_site_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match=r"cors\.origins"):
        read_settings({"cors": {"origins": given}})
