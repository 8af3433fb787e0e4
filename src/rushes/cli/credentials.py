"""What this machine signs with and verifies by: made on first use, or given by the operator."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from rushes.cli.folders import make_folder
from rushes.engines.provenance.authority import keep_identity, read_anchors, read_identity, read_issuers
from rushes.engines.provenance.identity import Identity
from rushes.errors import SettingsError
from rushes.settings import Settings

_FOLDER = "credentials"


def signing_identity(settings: Settings) -> Callable[[], Identity] | None:
    """Return what gives the identity to sign with at any time; `None` if nothing is to be signed.

    Raises:
        SettingsError: The certificates cannot be made or used.
    """
    own = settings.provenance
    if not own.enabled:
        return None
    find = partial(keep_identity, _make_folder(settings))
    if own.certificate is not None and own.key is not None:
        find = partial(read_identity, own.certificate, own.key)
    find()
    return find


def show_certificates(settings: Settings) -> None:
    """Print the certificates that others verify this machine's outputs with; they are made if need be.

    Raises:
        SettingsError: They cannot be made or read.
    """
    signing_identity(settings)
    print(trusted_certificates(settings), end="")


def trusted_certificates(settings: Settings) -> str:
    """Return the certificates, in PEM, of the authorities that this machine signs under, if there are any.

    Raises:
        SettingsError: They cannot be read.
    """
    own = settings.provenance
    try:
        kept = read_anchors(settings.home / _FOLDER)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The certificates cannot be read: {error}") from error
    return kept if own.certificate is None else read_issuers(own.certificate) + kept


def _make_folder(settings: Settings) -> Path:
    return make_folder(make_folder(settings.home, setting="home") / _FOLDER, setting="home")
