"""`rushes verify` and `rushes credentials`, as commands."""

import json
from pathlib import Path

import pytest

from rushes.engines.provenance.authority import keep_identity
from rushes.engines.provenance.credentials import Claim, sign_file
from tests.cli.conftest import Run
from tests.engines import hostile

CLAIM = Claim(
    engine="motion",
    engine_version="2",
    generative=False,
    made_at="2026-07-01T12:00:00+00:00",
    about={"job_id": "a-job", "model": "motion-fast"},
    ingredients=[],
)


def signed(folder: Path, credentials: Path, *, name: str = "film.png") -> Path:
    """A picture that the instance with these credentials made."""
    credentials.mkdir(parents=True, exist_ok=True)
    plain, made = hostile.picture(folder / f"plain-{name}", size=(320, 240)), folder / name
    sign_file(plain, made, media_type="image/png", claim=CLAIM, identity=keep_identity(credentials))
    return made


@pytest.fixture
def made_here(folder: Path, home: Path) -> Path:
    """A picture that this machine made."""
    home.mkdir(mode=0o700)
    return signed(folder, home / "credentials")


def changed(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    return path


def test_picture_made_here_is_valid(run: Run, made_here: Path) -> None:
    ended = run("verify", str(made_here))

    assert ended.returncode == 0, ended.stderr
    assert f"{made_here}: valid" in ended.stdout
    assert "Signed by: this instance (Rushes media signer, Self-hosted Rushes)" in ended.stdout
    assert "Made by:   engine motion 2, not generative" in ended.stdout
    assert "Job:       a-job" in ended.stdout


def test_changed_picture_ends_with_1(run: Run, made_here: Path) -> None:
    ended = run("verify", str(changed(made_here)))

    assert ended.returncode == 1
    assert "INVALID" in ended.stdout


def test_picture_made_elsewhere_is_told_from_one_made_here(run: Run, folder: Path, made_here: Path) -> None:
    other = signed(folder, folder / "elsewhere", name="other.png")

    ended = run("verify", "--json", str(made_here), str(other))

    assert ended.returncode == 0
    found = json.loads(ended.stdout)
    assert [one["signatory"] for one in found] == ["this instance", "another"]
    assert [one["verdict"] for one in found] == ["valid", "valid"]


def test_picture_without_credentials_ends_with_2(run: Run, folder: Path) -> None:
    ended = run("verify", str(hostile.picture(folder / "plain.png")))

    assert ended.returncode == 2
    assert "no content credentials" in ended.stdout


def test_missing_file_ends_with_2_and_others_are_still_checked(
    run: Run, folder: Path, made_here: Path
) -> None:
    ended = run("verify", "--json", str(folder / "none.mp4"), str(made_here))

    assert ended.returncode == 2
    assert [one["verdict"] for one in json.loads(ended.stdout)] == ["unreadable", "valid"]


def test_changed_file_counts_more_than_one_without_credentials(
    run: Run, folder: Path, made_here: Path
) -> None:
    plain = hostile.picture(folder / "plain.png")

    ended = run("verify", str(plain), str(changed(made_here)))

    assert ended.returncode == 1


def test_credentials_show_certificates_and_no_key(run: Run, made_here: Path) -> None:
    ended = run("credentials", "show")

    assert ended.returncode == 0
    assert ended.stdout.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in ended.stdout


def test_verifying_elsewhere_works_with_the_certificates_that_were_shown(
    run: Run, folder: Path, made_here: Path
) -> None:
    other_home = folder / "other home"
    (other_home / "credentials").mkdir(parents=True)
    (other_home / "credentials" / "ca.pem").write_text(run("credentials", "show").stdout)

    ended = run("verify", "--json", str(made_here), HOME=str(other_home))

    assert json.loads(ended.stdout)[0]["signatory"] == "this instance"


def test_own_certificate_without_its_key_is_refused(run: Run, folder: Path) -> None:
    ended = run("credentials", "show", PROVENANCE_CERTIFICATE=str(folder / "own.pem"))

    assert ended.returncode == 1
    assert "give both" in ended.stderr


def test_own_certificate_that_is_missing_is_told(run: Run, folder: Path) -> None:
    ended = run(
        "credentials",
        "show",
        PROVENANCE_CERTIFICATE=str(folder / "own.pem"),
        PROVENANCE_KEY=str(folder / "own.key"),
    )

    assert ended.returncode == 1
    assert "cannot be used" in ended.stderr
