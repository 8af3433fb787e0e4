import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rushes.engines.provenance.authority import (
    AUTHORITY_FILE,
    SIGNER_FILE,
    SIGNER_LEFT,
    SIGNER_LIFE,
    keep_identity,
    read_anchors,
    read_identity,
    read_issuers,
)
from rushes.engines.provenance.identity import Identity
from rushes.errors import SettingsError

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def at(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def certificates(pem: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem.encode())


def in_files(folder: Path, identity: Identity) -> tuple[Path, Path]:
    certificate, key = folder / "own.pem", folder / "own.key"
    certificate.write_text(identity.chain)
    key.write_text(identity.key)
    return certificate, key


def test_identity_is_made_once(tmp_path: Path) -> None:
    assert keep_identity(tmp_path) == keep_identity(tmp_path)


def test_signer_is_certified_by_the_authority_that_others_are_given(tmp_path: Path) -> None:
    signer, issuer = certificates(keep_identity(tmp_path).chain)

    (anchor,) = certificates(read_anchors(tmp_path))
    assert issuer == anchor
    signer.verify_directly_issued_by(anchor)
    anchor.verify_directly_issued_by(anchor)


def test_key_belongs_to_the_signer_and_is_not_shown(tmp_path: Path) -> None:
    identity = keep_identity(tmp_path)

    key = serialization.load_pem_private_key(identity.key.encode(), password=None)
    assert key.public_key() == certificates(identity.chain)[0].public_key()
    assert "PRIVATE" not in repr(identity)


def test_only_this_account_can_read_the_keys_and_anybody_the_certificates_for_others(tmp_path: Path) -> None:
    keep_identity(tmp_path)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("*.pem")}
    assert modes == {"authority.pem": 0o600, "signer.pem": 0o600, "ca.pem": 0o644}


def test_many_at_once_get_the_same_identity(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: keep_identity(tmp_path), range(16)))

    assert len({identity.key for identity in made}) == 1
    assert len(certificates(read_anchors(tmp_path))) == 1


def test_processes_at_once_get_the_same_identity(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(keep_identity, [tmp_path] * 3))

    assert len({identity.key for identity in made}) == 1


def test_signer_is_replaced_long_before_it_ends(tmp_path: Path) -> None:
    first = keep_identity(tmp_path, clock=at(NOW))

    later = NOW + SIGNER_LIFE - SIGNER_LEFT
    same, other = (keep_identity(tmp_path, clock=at(when)) for when in (later - DAY, later + DAY))

    assert same == first
    assert other.key != first.key
    assert certificates(other.chain)[1] == certificates(first.chain)[1]


def test_new_authority_leaves_the_old_one_trusted(tmp_path: Path) -> None:
    old = keep_identity(tmp_path, clock=at(NOW))

    new = keep_identity(tmp_path, clock=at(NOW + timedelta(days=11 * 365)))

    assert certificates(read_anchors(tmp_path)) == [certificates(new.chain)[1], certificates(old.chain)[1]]
    assert certificates(old.chain)[1] != certificates(new.chain)[1]


def test_certificate_of_a_clock_that_was_ahead_is_made_anew(tmp_path: Path) -> None:
    ahead = keep_identity(tmp_path, clock=at(NOW + timedelta(days=365)))

    right = keep_identity(tmp_path, clock=at(NOW))

    assert right != ahead
    assert certificates(right.chain)[0].not_valid_before_utc <= NOW


@pytest.mark.parametrize("name", [SIGNER_FILE, AUTHORITY_FILE])
def test_broken_file_is_told_and_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("no certificate")

    with pytest.raises(SettingsError, match="cannot be used"):
        keep_identity(tmp_path)

    assert (tmp_path / name).read_text() == "no certificate"


def test_there_are_no_anchors_before_the_first_use(tmp_path: Path) -> None:
    assert read_anchors(tmp_path) == ""


def test_own_certificate_is_used_with_its_key(tmp_path: Path) -> None:
    made = keep_identity(tmp_path)

    given = read_identity(*in_files(tmp_path, made))

    assert given == made


def test_issuers_of_an_own_certificate_are_told_without_its_key(tmp_path: Path) -> None:
    made = keep_identity(tmp_path)
    both = tmp_path / "both.pem"
    both.write_text(made.key + made.chain)

    assert read_issuers(both) == read_anchors(tmp_path)


def test_own_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    certificate, key = in_files(tmp_path, keep_identity(tmp_path))
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    other = ec.generate_private_key(ec.SECP256R1())
    key.write_bytes(other.private_bytes(serialization.Encoding.PEM, form, bare))

    with pytest.raises(SettingsError, match="is not that of"):
        read_identity(certificate, key)


def test_own_certificate_that_has_ended_is_refused(tmp_path: Path) -> None:
    files = in_files(tmp_path, keep_identity(tmp_path, clock=at(NOW)))

    with pytest.raises(SettingsError, match="not in force"):
        read_identity(*files, now=NOW + SIGNER_LIFE + DAY)


def test_own_certificate_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        read_identity(tmp_path / "none.pem", tmp_path / "none.key")
