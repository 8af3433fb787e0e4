"""The certificates (X.509, RFC 5280) that an instance signs its outputs with, made at their first use."""

import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

from rushes.engines.provenance.identity import Identity
from rushes.errors import SettingsError

AUTHORITY_FILE: Final = "authority.pem"
SIGNER_FILE: Final = "signer.pem"
ANCHORS_FILE: Final = "ca.pem"
"""The certificates of all authorities that the instance ever had: what others need, and no secret."""

AUTHORITY_LIFE: Final = timedelta(days=20 * 365)
SIGNER_LIFE: Final = timedelta(days=10 * 365)
SIGNER_LEFT: Final = timedelta(days=9 * 365)
"""A signer with less time left is replaced. Without a time-stamping service a signature counts as long as its
certificate, so every output can be verified for that long at the least."""

_ALREADY: Final = timedelta(days=1)
"""Certificates count from a day ago: the clocks of those who verify may be behind."""

_LOCK_SECONDS: Final = 30.0
_CURVES: Final[Mapping[str, str]] = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}

_Authority = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def keep_identity(folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Identity:
    """Return the instance's identity, made or renewed where needed; `folder` is one of this account alone.

    Several processes may call this at once: all get the same.

    Raises:
        SettingsError: What is kept in the folder cannot be used.
    """
    now = clock()
    try:
        if (kept := _read_signer(folder, now)) is not None:
            return kept
        with FileLock(folder / "lock", timeout=_LOCK_SECONDS):
            return _read_signer(folder, now) or _make_signer(folder, now)
    # A lock's timeout is an OSError; the others are what broken PEM is refused with.
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"The certificates in {folder} cannot be used: {error}") from error


def read_identity(certificate: Path, key: Path, *, now: datetime | None = None) -> Identity:
    """Return an operator's own identity from two PEM files: the signer's chain, and its key.

    Raises:
        SettingsError: They cannot be read, do not belong together, or are not in force.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"The certificate or its key cannot be used: {error}") from error
    if _public_bytes(private) != _public_bytes(chain[0]):
        raise SettingsError(f"The key in {key} is not that of the first certificate in {certificate}.")
    if not chain[0].not_valid_before_utc <= (now or datetime.now(UTC)) < chain[0].not_valid_after_utc:
        raise SettingsError(f"The certificate in {certificate} is not in force.")
    return Identity(chain=_pem(*chain), key=_private_pem(private), algorithm=_algorithm(private))


def read_issuers(certificate: Path) -> str:
    """Return the certificates above that which an operator's own file begins with, in PEM; there may be none.

    Raises:
        SettingsError: They cannot be read.
    """
    try:
        return _pem(*x509.load_pem_x509_certificates(certificate.read_bytes())[1:])
    except (OSError, ValueError) as error:
        raise SettingsError(f"The certificate in {certificate} cannot be used: {error}") from error


def read_anchors(folder: Path) -> str:
    """Return the certificates, in PEM, that an instance's outputs are verified with; empty if there are none.

    Raises:
        OSError: They cannot be read.
    """
    try:
        return (folder / ANCHORS_FILE).read_text()
    except FileNotFoundError:
        return ""


def _read_signer(folder: Path, now: datetime) -> Identity | None:
    try:
        text = (folder / SIGNER_FILE).read_bytes()
    except FileNotFoundError:
        return None
    chain = x509.load_pem_x509_certificates(text)
    if not _lasts(chain[0], now, SIGNER_LEFT):
        return None
    key = serialization.load_pem_private_key(text, password=None)
    return Identity(chain=_pem(*chain), key=_private_pem(key))


def _make_signer(folder: Path, now: datetime) -> Identity:
    authority, authority_key = _read_authority(folder, now) or _make_authority(folder, now)
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    certificate = (
        _builder("Rushes media signer", key, now, now + SIGNER_LIFE)
        .issuer_name(authority.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs="media"), critical=True)
        .add_extension(usage, critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    made = Identity(chain=_pem(certificate, authority), key=_private_pem(key))
    _write(folder / SIGNER_FILE, made.key + made.chain)
    return made


def _read_authority(folder: Path, now: datetime) -> _Authority | None:
    """Return the authority, unless there is none that would outlive a signer."""
    try:
        text = (folder / AUTHORITY_FILE).read_bytes()
    except FileNotFoundError:
        return None
    certificate = x509.load_pem_x509_certificate(text)
    key = serialization.load_pem_private_key(text, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{AUTHORITY_FILE} holds a key of another kind")
    return (certificate, key) if _lasts(certificate, now, SIGNER_LIFE) else None


def _make_authority(folder: Path, now: datetime) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"Rushes instance {os.urandom(4).hex()}"
    certificate = (
        _builder(name, key, now, now + AUTHORITY_LIFE)
        .issuer_name(_name(name))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs="certificates"), critical=True)
        .sign(key, hashes.SHA256())
    )
    # The anchors first: what is signed by an authority must never be unknown to its own instance.
    _write(folder / ANCHORS_FILE, _pem(certificate) + read_anchors(folder), mode=0o644)
    _write(folder / AUTHORITY_FILE, _private_pem(key) + _pem(certificate))
    return certificate, key


def _lasts(certificate: x509.Certificate, now: datetime, time: timedelta) -> bool:
    """Tell whether a certificate is in force now, and for a time from now on."""
    return certificate.not_valid_before_utc <= now and now + time <= certificate.not_valid_after_utc


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _ALREADY)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Self-hosted Rushes"),
        ]
    )


def _key_usage(*, signs: str) -> x509.KeyUsage:
    is_authority = signs == "certificates"
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _algorithm(key: PrivateKeyTypes) -> str:
    match key:
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
        case rsa.RSAPrivateKey():
            return "ps256"
        case _:
            raise SettingsError("Content credentials need a key of ECDSA (P-256 to P-521), Ed25519 or RSA.")


def _public_bytes(holder: PrivateKeyTypes | x509.Certificate) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return holder.public_key().public_bytes(serialization.Encoding.DER, form)


def _pem(*certificates: x509.Certificate) -> str:
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def _private_pem(key: PrivateKeyTypes) -> str:
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, bare).decode()


def _write(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace a file at once by one that, unless its mode is another, only this account can read."""
    descriptor, partial = tempfile.mkstemp(prefix=f"{file.name}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w") as stream:
            os.fchmod(descriptor, mode)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(partial).replace(file)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
