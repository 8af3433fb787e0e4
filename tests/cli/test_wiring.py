"""What the web server and the workers are given of the settings."""

import asyncio
from pathlib import Path

import pytest

from rushes.cli.credentials import show_certificates
from rushes.cli.wiring import build_services, engines_to_run, run_limits
from rushes.db.pool import Database
from rushes.engines.post.transcription import MODEL_VARIABLE
from rushes.engines.provenance.authority import keep_identity
from rushes.settings import Settings, read_settings
from tests.engines.provenance.test_authority import in_files
from tests.engines.test_registry import install


def settings_with(home: Path, **tables: dict[str, object]) -> Settings:
    return read_settings({"home": home, **tables})


@pytest.mark.parametrize("own", [0, 1])
def test_site_hands_out_the_certificates_that_the_command_shows(
    owner: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], own: int
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    certificate, key = in_files(elsewhere, keep_identity(elsewhere))
    show_certificates(settings_with(home))
    made_here = capsys.readouterr().out
    settings = settings_with(home, provenance={"certificate": certificate, "key": key} if own else {})
    show_certificates(settings)
    shown = capsys.readouterr().out

    services = build_services(settings, database=owner, listen_url=database_url, stopping=asyncio.Event())

    assert services.read_anchors() == shown
    assert shown.count("BEGIN CERTIFICATE") == 1 + own
    assert made_here in shown


def test_runs_are_told_the_folder_of_the_whisper_model(tmp_path: Path) -> None:
    limits = run_limits(settings_with(tmp_path, worker={"whisper_model": tmp_path / "whisper"}))

    assert limits.environment == {MODEL_VARIABLE: str(tmp_path / "whisper")}


def test_runs_are_told_nothing_without_a_whisper_model(tmp_path: Path) -> None:
    assert run_limits(settings_with(tmp_path)).environment == {}


def test_worker_tells_which_engines_share_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, "[rushes.engines]\nfading = one:Engine\nfading = other:Engine\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert "fading" not in engines_to_run()
    assert "called fading" in capsys.readouterr().err
