"""`rushes login`, `logout` and `whoami`: which server, and who one is there."""

import socket
import sys

import typer

from rushes.cli.showing import print_document, print_fields
from rushes.client import InvalidAnswer, LoginMissing, Missing, NotSignedIn, Rushes, User
from rushes.client.login import Login, forget_login, keep_login, read_login

_NAME_CHARACTERS = 100
"""How long the name of a key may be."""


def signed_in(url: str | None) -> Rushes:
    """Return the client of who is signed in; the caller closes it.

    Raises:
        LoginMissing: Nobody is.
    """
    client = Rushes(url)
    if client.server.credential is None:
        client.close()
        raise LoginMissing(
            f"Nobody is signed in at {client.server.address}. Use `rushes login`, or set RUSHES_API_KEY."
        )
    return client


def login(*, url: str | None, email: str | None, from_stdin: bool, as_json: bool) -> None:
    """Sign in, keep what it takes to be signed in from now on, and show the account.

    Raises:
        NotSignedIn: The password or the key is not accepted.
    """
    address = _address(url)
    key = _read_key(address) if from_stdin else _make_key(address, email)
    with Rushes(address, api_key=key.api_key) as client:
        user = client.me()
    file = keep_login(key)
    if as_json:
        print_document(user)
    else:
        print(f"Signed in at {address} as {user.email}. The key is in {file}.")


def logout() -> None:
    """Forget the login, after revoking the key that it made."""
    kept = read_login()
    if kept is None:
        print("Nobody was signed in.")
        return
    try:
        if kept.key_id is not None:
            with Rushes(kept.url, api_key=kept.api_key) as client:
                client.revoke_api_key(kept.key_id)
    except NotSignedIn:
        pass  # somebody revoked it before
    finally:
        forget_login()  # also if the server is away: who signs out is signed out
    print(f"Signed out of {kept.url}.")


def whoami(client: Rushes, *, as_json: bool) -> None:
    """Show the account."""
    user = client.me()
    if as_json:
        print_document(user)
    else:
        print_fields(_fields(user, client.server.address))


def _fields(user: User, address: str) -> dict[str, object]:
    return {
        "Email": user.email,
        "Server": address,
        "Plan": user.plan,
        "Credits": user.credits,
        "Slots": user.slots,
        "Role": user.role,
    }


def _address(url: str | None) -> str:
    with Rushes(url, api_key="") as client:
        return client.server.address


def _read_key(address: str) -> Login:
    key = sys.stdin.readline().strip()
    if not key:
        raise LoginMissing("There is no API key on standard input.")
    return Login(url=address, api_key=key)


def _make_key(address: str, email: str | None) -> Login:
    if not sys.stdin.isatty():
        raise LoginMissing(
            "There is no terminal to ask for the password on. Pipe an API key in with --api-key-stdin."
        )
    name = email or str(typer.prompt("Email"))
    password = typer.prompt("Password", hide_input=True)
    with Rushes(address, api_key="") as nobody:
        try:
            token = nobody.login(email=name, password=password).token
        except NotSignedIn as refused:
            refused.add_note(f"Without an account, sign up first: {address}/register")
            raise
        except Missing as refused:
            refused.add_note(f"Is {address} the address of a Rushes server, without a path?")
            raise
    with Rushes(address, api_key=token) as client:
        made = client.create_api_key(f"rushes login on {socket.gethostname()}"[:_NAME_CHARACTERS])
        client.logout()
    if made.key is None:
        raise InvalidAnswer("The server made an API key, but does not tell it.")
    return Login(url=address, api_key=made.key, key_id=made.id)
