"""Which server a program uses and with what credential: the environment, or the file that a login left."""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ValidationError

from rushes.client.errors import LoginMissing
from rushes.client.wire import check_address

URL_VARIABLE = "RUSHES_URL"
KEY_VARIABLE = "RUSHES_API_KEY"


class Login(BaseModel):
    """What a login leaves: a server and a key; `key_id` is set if the login made the key."""

    url: str
    api_key: str
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A server and, unless nobody is signed in there, a credential."""

    url: str
    credential: str | None


def find_access(
    *, url: str | None, credential: str | None, environment: Mapping[str, str] | None = None
) -> Access:
    """Return what a client uses: what is given, else what the environment says, else the login's.

    The key of a login goes to the server of that login and to no other. An empty credential is given too: it
    is nobody's.

    Raises:
        LoginMissing: No address is known.
        ClientError: The address is none.
    """
    variables = os.environ if environment is None else environment
    login = None if url and credential is not None else read_login(variables)
    address = url or variables.get(URL_VARIABLE) or (login and login.url)
    if not address:
        raise LoginMissing(f"No server is known. Sign in with `rushes login --url …`, or set {URL_VARIABLE}.")
    address = check_address(address)
    if credential is None:
        credential = variables.get(KEY_VARIABLE)
    if credential is None and login is not None and login.url == address:
        credential = login.api_key
    return Access(url=address, credential=credential or None)


def login_file(environment: Mapping[str, str] | None = None) -> Path:
    """Return where the login is kept (XDG Base Directory Specification 0.8)."""
    variables = os.environ if environment is None else environment
    base = Path(variables.get("XDG_CONFIG_HOME") or "")
    if not base.is_absolute():
        base = Path("~/.config").expanduser()
    return base / "rushes" / "login.json"


def read_login(environment: Mapping[str, str] | None = None) -> Login | None:
    """Return the login of this account of this machine, if there is one.

    Raises:
        LoginMissing: There is a file, but what it holds is no login.
    """
    file = login_file(environment)
    try:
        return Login.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise LoginMissing(f"{file} cannot be read; sign in again with `rushes login`.") from error


def keep_login(login: Login) -> Path:
    """Write a login where only this account of this machine can read it; return where that is.

    Raises:
        OSError: It cannot be written.
    """
    file = login_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=".login-", dir=file.parent)  # its mode is 0600
    try:
        with os.fdopen(descriptor, "w") as stream:
            json.dump(login.model_dump(mode="json"), stream)
        Path(partial).replace(file)
    except OSError:
        Path(partial).unlink()
        raise
    return file


def forget_login() -> None:
    """Remove the login, if there is one."""
    with suppress(FileNotFoundError):
        login_file().unlink()
