"""The key for sessions and signed addresses: given by the operator, or made once for one machine."""

import secrets

from rushes.cli.folders import keep_secret_text, make_folder
from rushes.errors import SettingsError
from rushes.settings import SECRET_MIN_BYTES, Settings

_RANDOM_BYTES = 48


def signing_secret(settings: Settings) -> bytes:
    """Return the key; without a database of the operator's own it is made at the first call and kept.

    Raises:
        SettingsError: It has to be given and is not, or the kept one cannot be used.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if settings.database_url is not None:
        raise SettingsError(
            "RUSHES_SECRET is required with RUSHES_DATABASE_URL, and must be the same for all web processes. "
            "Make one with `openssl rand -base64 48`."
        )
    file = make_folder(settings.home, setting="home") / "secret"
    try:
        secret = keep_secret_text(file, secrets.token_urlsafe(_RANDOM_BYTES)).encode()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The secret in {file} cannot be used: {error}") from error
    if len(secret) < SECRET_MIN_BYTES:
        raise SettingsError(f"The secret in {file} is too short. Remove the file; a new one is made.")
    return secret
