"""A database with many jobs of many accounts, made once and kept: what the benchmarks of reading ask.

    python -m benchmarks.fill --jobs 10000000
    python -m benchmarks.fill --remove

Each account has 500 jobs, however many there are in all, and each job the files that such a job has. The
database is kept on an embedded server in RUSHES_BENCH_HOME (/var/tmp/rushes-bench-kept), or on that of
RUSHES_BENCH_DATABASE_URL. Ten million jobs take some 17 GB.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from benchmarks.arguments import parser_of
from rushes.actions.accounts import API_KEY_PREFIX
from rushes.actions.catalogue import ship_models
from rushes.db.migrate import migrate
from rushes.embedded.server import EmbeddedPostgres
from tests.db.filling import INDEXES

HOME = Path(os.environ.get("RUSHES_BENCH_HOME", "/var/tmp/rushes-bench-kept"))
JOBS_OF_ACCOUNT = 500

FILL = Path(__file__).with_name("fill.sql")

TABLES = "jobs, job_inputs, assets, users, api_keys"


@contextmanager
def kept_server() -> Iterator[str]:
    """The superuser's URL of `RUSHES_BENCH_DATABASE_URL`, or of a durable embedded server that stays."""
    if given := os.environ.get("RUSHES_BENCH_DATABASE_URL"):
        yield given
        return
    HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    with EmbeddedPostgres(HOME / "postgres") as embedded:
        yield embedded.start().url


async def filled(server_url: str, *, jobs: int) -> str:
    """The URL of the database with so many jobs, made if it is not there."""
    name = f"rushes_bench_{jobs}"
    server = await asyncpg.connect(server_url)
    try:
        if not await server.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await server.execute(f"DROP DATABASE IF EXISTS {name}_new WITH (FORCE)")
            await server.execute(f"CREATE DATABASE {name}_new")
            await _fill(_of_database(server_url, f"{name}_new"), jobs)
            await server.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    finally:
        await server.close()
    url = _of_database(server_url, name)
    await migrate(url)  # one that was kept may be of an earlier version
    return url


def key_of(account: int) -> str:
    """The API key of one of the first thousand accounts."""
    return f"{API_KEY_PREFIX}{account}"


def accounts_among(jobs: int) -> int:
    """How many accounts so many jobs belong to."""
    return max(1, jobs // JOBS_OF_ACCOUNT)


async def _fill(url: str, jobs: int) -> None:
    await migrate(url)
    await ship_models(url)
    connection = await asyncpg.connect(url)
    try:
        # Without triggers and foreign keys, and with the indexes built last, it takes a third of the time.
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 2")
        indexes = await connection.fetch(INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for statement in _statements(jobs):
            await _timed(connection, statement)
        for index in indexes:
            await _timed(connection, index["definition"])
        await _timed(connection, f"VACUUM (FREEZE, ANALYZE) {TABLES}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _statements(jobs: int) -> list[str]:
    sql = FILL.read_text()
    for name, value in (
        (":jobs", f"{jobs}::bigint"),
        (":accounts", f"{accounts_among(jobs)}::bigint"),
        (":key_prefix", f"'{API_KEY_PREFIX}'"),
    ):
        sql = sql.replace(name, value)
    return [statement for statement in sql.split(";\n") if statement.strip()]


async def _timed(connection: asyncpg.Connection, statement: str) -> None:
    began = time.perf_counter()
    await connection.execute(statement, timeout=3600)
    if (seconds := time.perf_counter() - began) > 10:
        print(f"{seconds:6.0f} s  {' '.join(statement.split())[:70]}", flush=True)


def _of_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _main(jobs: int) -> None:
    with kept_server() as server_url:
        began = time.perf_counter()
        connection = await asyncpg.connect(await filled(server_url, jobs=jobs))
        try:
            size = await connection.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))")
            counted = await connection.fetchval("SELECT count(*) FROM jobs")
        finally:
            await connection.close()
        print(f"{counted} jobs in {size}, after {time.perf_counter() - began:.0f} s")


def main() -> None:
    """Parse the arguments, and fill or remove."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, default=10_000_000)
    parser.add_argument("--remove", action="store_true", help="remove the embedded server with all its data")
    given = parser.parse_args()
    if given.remove:
        shutil.rmtree(HOME, ignore_errors=True)
    else:
        asyncio.run(_main(given.jobs))


if __name__ == "__main__":
    main()
