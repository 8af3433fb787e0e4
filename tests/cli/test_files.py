"""The files that commands keep: the secret, scratch folders."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rushes.cli.folders import keep_secret_text, make_folder
from rushes.cli.scratch import own_folder
from rushes.cli.secret import signing_secret
from rushes.errors import SettingsError
from rushes.settings import Settings

STRONG = "q7Zt0bX2mVn4Kc8RrJ1dWsY6hLpA3uGe9fTx"


def test_secret_text_is_kept(tmp_path: Path) -> None:
    first = keep_secret_text(tmp_path / "secret", "one")

    assert keep_secret_text(tmp_path / "secret", "two") == first == "one"
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_secret_text_is_one_for_all_who_make_it_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        kept = list(pool.map(lambda number: keep_secret_text(tmp_path / "secret", str(number)), range(50)))

    assert len(set(kept)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_folder_is_for_this_account_alone(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "a" / "b", setting="storage")

    assert folder.stat().st_mode & 0o777 == 0o700


def test_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match="RUSHES_STORAGE"):
        make_folder(tmp_path / "file" / "folder", setting="storage")


def test_scratch_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with own_folder(tmp_path) as folder:
        (folder / "left.mp4").write_text("")

    assert not list(tmp_path.iterdir())


def test_scratch_folder_of_the_dead_is_removed(tmp_path: Path) -> None:
    (tmp_path / "worker-dead").mkdir()

    with own_folder(tmp_path):
        assert not (tmp_path / "worker-dead").exists()


def test_scratch_folder_of_the_living_is_left_alone(tmp_path: Path) -> None:
    with own_folder(tmp_path) as first, own_folder(tmp_path) as second:
        assert first.is_dir()
        assert second.is_dir()


def test_given_secret_is_used(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret=STRONG)  # pyright: ignore[reportArgumentType] -- pydantic wraps it

    assert signing_secret(settings) == STRONG.encode()


def test_made_secret_is_long_and_stays(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    assert len(signing_secret(settings)) >= 32
    assert signing_secret(settings) == signing_secret(settings)


def test_secret_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("cut")

    with pytest.raises(SettingsError, match="too short"):
        signing_secret(Settings(home=tmp_path))
