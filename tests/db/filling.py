"""A database with a million jobs, filled once for all processes of a run."""

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from filelock import FileLock

from tests.db.servers import execute, of_database

JOBS = 1_000_000
USERS = 2_000

FILL = f"""
    INSERT INTO users (id, email, password_hash, credits)
    SELECT md5('user' || n)::uuid, n || '@example.org', '*', 1000 FROM generate_series(0, {USERS - 1}) n;

    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status, created_at,
                      queued_at, started_at, completed_at, progress, lease, lease_until, error_code,
                      cancelled_reason, fair_rank)
    SELECT md5('job' || n)::uuid, md5('user' || n % {USERS})::uuid, 'base', 'motion', 'cpu', 5, true, status,
           created_at, created_at, created_at,
           CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN created_at END,
           CASE status WHEN 'completed' THEN 100 ELSE 0 END,
           CASE status WHEN 'processing' THEN gen_random_uuid() END,
           CASE status WHEN 'processing' THEN now() + (n % 600 - 10) * interval '1 second' END,
           CASE status WHEN 'failed' THEN 'test' END,
           CASE status WHEN 'cancelled' THEN 'user' END,
           n
    FROM generate_series(0, {JOBS - 1}) n
    CROSS JOIN LATERAL (SELECT now() - ({JOBS} - n) * interval '10 seconds' AS created_at,
                        CASE WHEN n % 100 < 80 THEN 'completed' WHEN n % 100 < 85 THEN 'failed'
                             WHEN n % 100 < 90 THEN 'cancelled' WHEN n % 1000 = 990 THEN 'processing'
                             WHEN n % 1000 = 991 THEN 'validating' WHEN n % 100 < 95 THEN 'pending'
                             ELSE 'queued' END AS status) AS of_job;

    INSERT INTO assets (id, user_id, role, bucket, key, media_type, status, bytes, sha256, width, height,
                        job_id, created_at)
    SELECT md5('asset' || n)::uuid, md5('user' || n % {USERS})::uuid, 'motion', 'videos', n::text,
           'video/mp4', CASE WHEN n % 1000 = 0 THEN 'checking' ELSE 'ready' END, 1, repeat('0', 64), 64, 48,
           CASE WHEN n % 2 = 1 THEN md5('job' || n)::uuid END, now() - ({JOBS} - n) * interval '10 seconds'
    FROM generate_series(0, {JOBS - 1}, 5) n;

    INSERT INTO job_inputs (job_id, role, asset_id)
    SELECT md5('job' || n)::uuid, 'motion', md5('asset' || n)::uuid FROM generate_series(0, {JOBS - 1}, 5) n;

    INSERT INTO videos (id, user_id, job_id, asset_id, prompt, orientation, model_used, duration_seconds,
                        created_at)
    SELECT md5('video' || n)::uuid, md5('user' || n % {USERS})::uuid, md5('job' || n)::uuid,
           md5('asset' || n)::uuid, 'A fox', 'landscape', 'motion', 2,
           now() - ({JOBS} - n) * interval '10 seconds'
    FROM generate_series(0, {JOBS - 1}, 5) n
    WHERE n % 100 < 80;

    INSERT INTO job_events (job_id, user_id, type)
    SELECT md5('job' || n)::uuid, md5('user' || n % {USERS})::uuid, 'test'
    FROM generate_series(0, {JOBS - 1}, 5) n;
"""

INDEXES = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i
    WHERE i.indrelid IN ('jobs'::regclass, 'job_events'::regclass, 'assets'::regclass, 'job_inputs'::regclass)
      AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


async def fill_once(server_url: str, template: str) -> str:
    """Return the URL of the filled database; who comes first fills it, the others wait."""
    name = f"million_{template}"
    with FileLock(Path(tempfile.gettempdir()) / f"{name}-{urlsplit(server_url).port}.lock"):
        connection = await asyncpg.connect(server_url)
        exists = await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name)
        await connection.close()
        if not exists:
            await execute(
                server_url,
                f"DROP DATABASE IF EXISTS {name}_new WITH (FORCE)",
                f"CREATE DATABASE {name}_new TEMPLATE {template}",
            )
            await _fill(of_database(server_url, f"{name}_new"))
            await execute(server_url, f"ALTER DATABASE {name}_new RENAME TO {name}")
    return of_database(server_url, name)


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        # Without triggers and foreign keys, and with the indexes built last, it takes a third of the time.
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '256MB'")
        indexes = await connection.fetch(INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await connection.execute(FILL)
        for index in indexes:
            await connection.execute(index["definition"])
        await connection.execute("VACUUM (ANALYZE) jobs, assets, job_inputs, job_events, videos, users")
    finally:
        await connection.close()
