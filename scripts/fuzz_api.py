"""Ask a real server everything that its OpenAPI document allows, and much that it does not, by Schemathesis.

Run from the root of the repository as `.venv/bin/python -m scripts.fuzz_api --requests 50000`. It ends with
the status 1 after an answer that the document does not allow, and prints how to ask for that answer again.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from rushes.actions.accounts import Registration
from rushes.actions.admin_accounts import create
from rushes.actions.catalogue import ship_models
from rushes.cli.web_server import address_of, open_listener, serve
from rushes.db.migrate import migrate
from rushes.db.pool import WEB_ROLE, open_database
from rushes.domain.accounts import Role
from rushes.embedded.server import EmbeddedPostgres
from rushes.storage.store import local_storage
from rushes.web.app import create_app
from rushes.web.limiting import RateRules
from rushes.web.services import Services

PASSWORD = "said in no example"  # noqa: S105  # else the example that changes a password would change it
USERS = {
    "ada": Registration(email="ada@example.org", password=PASSWORD, credits=10**8),
    "bob": Registration(email="bob@example.org", password=PASSWORD, credits=10**8),
    "root": Registration(email="root@example.org", password=PASSWORD, role=Role.ADMIN),
}
ROUNDS = (("ada", "bob"), ("root",))
"""Who asks; two who ask together must not see what is the other's."""

ALL_PHASES = "examples,coverage,fuzzing,stateful"
_CONFIG = Path(__file__).with_suffix(".toml.in")
REQUEST_SECONDS = 20
SCHEMA_SECONDS = 60
SLOW_SECONDS = 5
_SECRET = b"a secret of the fuzzing, 32 bytes or more"
_BOUNDLESS = 10**9

# What has broken servers: halves of characters, ends of ranges, the syntax of others.
_STRINGS = (
    "\x00",
    "a\x00b",
    "\ufffe\uffff",
    "\u202e",
    "𝕊" * 300,
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "-infinity",
    "NaN",
    "1e999",
    "99999999999999999999",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "' OR 1=1 --",
    "%s%n{0}$1",
    "../../../etc/passwd",
    "http://127.0.0.1:1/",
    "http://[::1",
    "http://a:99999999/",
)
_INTEGERS = (-1, 0, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30)
_SUCCESSES = range(200, 300)


class Counter:
    """Counts the requests to an application, and notes which calls succeed and which take long."""

    def __init__(self, app: Any) -> None:
        """Begin with none."""
        self.requests = 0
        self.succeeded: set[str] = set()
        self.slow: list[str] = []
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Count a request and pass it on."""
        self.requests += scope["type"] == "http"
        began = time.monotonic()

        async def note(message: Any) -> None:
            if message.get("status") in _SUCCESSES:
                self.succeeded.add(f"{scope['method']} {getattr(scope.get('route'), 'path', scope['path'])}")
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            seconds = time.monotonic() - began
            if scope["type"] == "http" and seconds > SLOW_SECONDS:
                self.slow.append(f"{scope['method']} {scope['path']}: {seconds:.1f} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much one run of Schemathesis does; `only` is the tag of the calls that it is about."""

    seed: int
    examples: int
    workers: int = 1
    """Threads. The tool parses its own source in each, and Python 3.11 cannot always do that in several."""
    only: str | None = None
    phases: str = ALL_PHASES


async def fuzz(url: str, folder: Path, users: Sequence[str], effort: Effort) -> tuple[bool, str]:
    """Ask the server at `url` as these users; return whether it did nothing wrong, and the report."""
    (folder / "users.json").write_text(json.dumps(_users_document(users)), encoding="utf-8")
    config = folder / "schemathesis.toml"
    config.write_text(_config(folder, users), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "--no-color", "run"),
        f"{url}/openapi.json",
        *("--seed", str(effort.seed), "--max-examples", str(effort.examples), "--phases", effort.phases),
        *("--workers", str(effort.workers), "--wait-for-schema", str(SCHEMA_SECONDS)),
        *(("--include-tag", effort.only) if effort.only else ()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
    )
    try:
        output, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode == 0, output.decode(errors="replace")


def generous_rates() -> RateRules:
    """Return rules that nobody meets."""
    return RateRules(**dict.fromkeys((field.name for field in fields(RateRules)), _BOUNDLESS))


async def create_users(owner_url: str) -> None:
    """Open the accounts that ask."""
    owner = await open_database(owner_url, role=None, connections=1)
    try:
        for registration in USERS.values():
            await create(owner, registration)
    finally:
        await owner.close()


@asynccontextmanager
async def serving(
    owner_url: str, folder: Path, *, around: type[Counter] = Counter
) -> AsyncIterator[tuple[str, Counter]]:
    """Yield the address of a server over a migrated database, and what counts its requests."""
    database = await open_database(owner_url, role=WEB_ROLE, connections=16)
    services = Services(
        database=database,
        listen_url=owner_url,
        storage=local_storage(folder / "storage"),
        secret=_SECRET,
        rates=generous_rates(),
        check_wait=timedelta(0),
        test_wait=timedelta(0),
        image_wait=timedelta(0),
        streams_per_user=_BOUNDLESS,
    )
    counter, ready = around(create_app(services)), asyncio.Event()
    with open_listener("127.0.0.1", 0) as listener:
        task = asyncio.create_task(serve(counter, listener, stop=services.stopping, on_ready=ready.set))
        try:
            async with asyncio.timeout(60):
                await ready.wait()
            yield address_of(listener), counter
        finally:
            services.stopping.set()
            await task
            await database.close()


def main() -> int:
    """Fuzz until enough was asked; return the status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000, help="stop after the round that reaches it")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--examples", type=int, default=60, help="for each operation in a round")
    parser.add_argument("--phases", default=ALL_PHASES)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with _home() as home, EmbeddedPostgres(home / "postgres", settings={"fsync": "off"}) as postgres:
        return asyncio.run(_run(postgres.start().url, home, options))


async def _run(url: str, home: Path, options: argparse.Namespace) -> int:
    await migrate(url)
    await ship_models(url)
    await create_users(url)
    was_right, rounds, asked = True, 0, -1
    async with serving(url, home) as (address, counter):
        # A round that asks nothing could not begin; so could no later one.
        while asked < counter.requests < options.requests:
            asked = counter.requests
            users = ROUNDS[rounds % len(ROUNDS)]
            effort = Effort(seed=options.seed + rounds, examples=options.examples, phases=options.phases)
            passed, report = await fuzz(address, home, users, effort)
            was_right, rounds = was_right and passed, rounds + 1
            print(report)
            print(
                f"round {rounds} as {'+'.join(users)}, seed {effort.seed}: {counter.requests} requests so far"
            )
    print("Nothing was wrong." if was_right else "Something was wrong: see above.")
    return 0 if was_right else 1


@contextmanager
def _home() -> Iterator[Path]:
    # Not under the usual folder: its parents may be closed to the account that runs PostgreSQL.
    home = Path(tempfile.mkdtemp(prefix="rushes-fuzz-", dir="/var/tmp"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home)


def _users_document(users: Sequence[str]) -> dict[str, Any]:
    # In the form of the Web Fuzzing Commons.
    return {
        "auth": [
            {
                "name": name,
                "loginEndpointAuth": {
                    "endpoint": "/api/v1/auth/login",
                    "verb": "POST",
                    "contentType": "application/json",
                    "payloadRaw": json.dumps({"email": USERS[name].email, "password": PASSWORD}),
                    "token": {
                        "extractFrom": "body",
                        "extractSelector": "/token",
                        "sendIn": "header",
                        "sendName": "Authorization",
                        "sendTemplate": "Bearer {token}",
                    },
                },
            }
            for name in users
        ]
    }


def _config(folder: Path, users: Sequence[str]) -> str:
    peers = f"peers = {json.dumps(list(users))}" if len(users) > 1 else f"user = {json.dumps(users[0])}"
    return _CONFIG.read_text().format(
        seconds=REQUEST_SECONDS,
        users_file=json.dumps(str(folder / "users.json")),
        peers=peers,
        strings=json.dumps(_STRINGS, ensure_ascii=False),
        integers=json.dumps(_INTEGERS),
    )


if __name__ == "__main__":
    sys.exit(main())
