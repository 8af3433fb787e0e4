"""Submitted jobs per second over HTTP, against the commits that the server can make, and nexrender-server.

    python -m benchmarks.http_submit [--rounds 5] [--seconds 5] [--clients 8] [--held 5000]

We are asked for a `base` job with two measured inputs, by API keys of 500 accounts in turn; each answer comes
after a commit. No worker runs: so before each round the tables are analyzed and the places of the queue noted
anew. `pgbench` inserts one small row a commit, on the same server; so does a bare ASGI application, which
tells how much of that is left once each commit answers a request. nexrender-server keeps its jobs in a JSON
file that it writes as a whole after each answer, and never syncs; each round measures it with an empty file,
and with one of `--held` jobs. `python -m benchmarks.peers.install` installs it, and `wrk`.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from uuid_utils.compat import uuid7

from benchmarks.arguments import parser_of
from benchmarks.harness import database, server, settings_of
from benchmarks.http_bare import INSERT
from benchmarks.http_load import Ask, send, wrk_version
from benchmarks.http_serving import bare, rushes, served, versions
from benchmarks.peers.installation import node_folder
from benchmarks.peers.servers import free_ports
from rushes.actions.accounts import API_KEY_PREFIX, digest_of_key
from rushes.db import accounts, waiting
from rushes.db.pool import WEB_ROLE, Database, open_database
from rushes.domain.ids import ApiKeyId
from rushes.domain.media import AssetRole
from rushes.embedded.binaries import find_programs
from tests.factories import make_asset, make_viewer

ACCOUNTS = 500
"""So many that each has a few jobs under way, as its slots would allow it."""
MANY = 10**6
SERVE = """
const micro = require("micro"), { createHandler } = require("@nexrender/server");
console.log = () => {};
micro(createHandler("")).listen(+process.argv[1], "127.0.0.1");
"""
RENDER_JOB = {
    "template": {"src": "file:///tmp/template.aep", "composition": "main"},
    "assets": [
        {"type": "image", "src": "file:///tmp/reference.png", "layerName": "reference"},
        {"type": "video", "src": "file:///tmp/motion.mp4", "layerName": "motion"},
    ],
}
JSON = {"Content-Type": "application/json"}
_TPS = re.compile(r"tps = ([\d.]+)")

Measure = Callable[[], Awaitable[float]]


async def make_asks(owner: Database) -> list[Ask]:
    """A request for a job of each account."""
    async with owner.transaction() as tx:
        await tx.execute("CREATE TABLE bench_rows (id bigserial PRIMARY KEY, payload text NOT NULL)")
        await tx.execute(f"GRANT INSERT ON bench_rows TO {WEB_ROLE}")
        await tx.execute(f"GRANT USAGE ON SEQUENCE bench_rows_id_seq TO {WEB_ROLE}")
    return [await _make_ask(owner) for _ in range(ACCOUNTS)]


async def _make_ask(owner: Database) -> Ask:
    viewer = await make_viewer(owner, credits_=MANY, slots=MANY)
    key = f"{API_KEY_PREFIX}{uuid4().hex}"
    async with owner.transaction() as tx:
        await accounts.insert_api_key(
            tx,
            key_id=ApiKeyId(uuid7()),
            user_id=viewer.user_id,
            name="bench",
            prefix="bench",
            key_sha256=digest_of_key(key),
            expires_at=None,
        )
    roles = (AssetRole.REFERENCE, AssetRole.MOTION)
    inputs = {role: str(await make_asset(owner, viewer, role=role)) for role in roles}
    body = json.dumps({"job_type": "base", "inputs": inputs})
    headers = {"Authorization": f"Bearer {key}", **JSON}
    return Ask(path="/api/v1/jobs", method="POST", headers=headers, body=body)


@asynccontextmanager
async def owning(url: str) -> AsyncGenerator[Database]:
    """A database as its owner sees it."""
    owner = await open_database(url, role=None, connections=1)
    try:
        yield owner
    finally:
        await owner.close()


async def settle(owner: Database) -> None:
    """Do what a database that is used for longer has had done, by autovacuum and by any worker.

    Else its statements are planned for the empty tables that they began with, and a far place in the queue is
    counted from its beginning.
    """
    async with owner.transaction() as tx:
        await tx.execute("ANALYZE")
        await waiting.refresh_marks(tx)


async def insert_rows(url: str, *, clients: int, seconds: int) -> float:
    """Commits of one row each per second, by `pgbench`."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"{INSERT};\n")
        script.flush()
        options = ("-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds))
        process = await asyncio.create_subprocess_exec(
            *(pgbench(), *options, "-f", script.name, url), stdout=asyncio.subprocess.PIPE
        )
        said = (await process.communicate())[0].decode()
    found = _TPS.search(said)
    if found is None:
        raise RuntimeError(f"pgbench said:\n{said}")
    return float(found[1])


def pgbench() -> str:
    """The program that came with the embedded server."""
    return str(find_programs() / "pgbench")


@asynccontextmanager
async def nexrender(*, held: int) -> AsyncGenerator[str]:
    """The address of a nexrender-server that holds so many jobs."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="rushes-nexrender-", dir="/var/tmp") as folder:
        file = _file_of(folder, held=held)
        command = ("env", f"NEXRENDER_DATABASE={file}", "node", "-e", SERVE, str(port))
        log = Path(folder, "nexrender.log")
        async with served(*command, log=log, port=port, cwd=node_folder()) as address:
            yield address


def _file_of(folder: str, *, held: int) -> Path:
    file = Path(folder, "database.json")
    file.write_text(json.dumps([_render_job(number) for number in range(held)]))
    return file


def _render_job(number: int) -> dict[str, object]:
    return {"uid": str(number), "type": "default", "state": "queued", **RENDER_JOB}


async def measure(measures: dict[str, Measure], *, rounds: int) -> dict[str, list[float]]:
    """Measure everybody in turn, and print the rates of each round."""
    rates: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(1, rounds + 1):
        for name, one in measures.items():
            rates[name].append(await one())
        print(f"round {number}: " + "   ".join(f"{name} {each[-1]:.0f}/s" for name, each in rates.items()))
    return rates


async def compare(server_url: str, *, rounds: int, seconds: int, clients: int, held: int) -> None:
    """Measure us and the others, and print the ratios."""
    async with database(server_url) as url, owning(url) as owner:
        asks = await make_asks(owner)
        async with rushes(url) as address, bare(url) as bare_address:
            await send(address, asks, clients=clients, seconds=2)
            row = Ask(path="/row", method="POST")

            async def ours() -> float:
                await settle(owner)
                return await send(address, asks, clients=clients, seconds=seconds)

            measures: dict[str, Measure] = {
                "ours": ours,
                "bare": lambda: send(bare_address, [row], clients=clients, seconds=seconds),
                "pgbench": lambda: insert_rows(url, clients=clients, seconds=seconds),
                "nexrender": lambda: _ask_nexrender(clients=clients, seconds=seconds, held=0),
                f"nexrender with {held}": lambda: _ask_nexrender(clients=clients, seconds=seconds, held=held),
            }
            rates = await measure(measures, rounds=rounds)
    for name, each in rates.items():
        if name != "ours":
            print(f"ours / {name}: {_spread(rates['ours'], each)}")


async def _ask_nexrender(*, clients: int, seconds: int, held: int) -> float:
    ask = Ask(path="/api/v1/jobs", method="POST", headers=JSON, body=json.dumps(RENDER_JOB))
    async with nexrender(held=held) as address:
        return await send(address, [ask], clients=clients, seconds=seconds)


def _spread(ours: Sequence[float], theirs: Sequence[float]) -> str:
    ratios = [one / two for one, two in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} (lowest {min(ratios):.2f}, highest {max(ratios):.2f})"


def peer_versions() -> str:
    """The versions of Node.js and of nexrender-server."""
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    package = node_folder() / "node_modules" / "@nexrender" / "server" / "package.json"
    return f"node {node}, nexrender-server {json.loads(package.read_text())['version']}"


async def main() -> None:
    """Parse the arguments, and compare."""
    parser = parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--held", type=int, default=5000)
    given = parser.parse_args()
    if not node_folder().exists():
        sys.exit("Run `python -m benchmarks.peers.install` first.")
    with server() as server_url:
        print(f"{given.clients} clients; {versions()}, wrk {wrk_version()}, {peer_versions()};")
        print(await settings_of(server_url))
        await compare(
            server_url,
            rounds=given.rounds,
            seconds=given.seconds,
            clients=given.clients,
            held=given.held,
        )


if __name__ == "__main__":
    asyncio.run(main())
