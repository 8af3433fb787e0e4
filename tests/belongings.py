"""One of everything that an account can have, each text of it marked."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from rushes.db.pool import Database
from tests.db.tenants import OWNERS

BELONGINGS = """
    -- Every state at once, without the way that leads there.
    SET LOCAL session_replication_role = replica;
    UPDATE users SET email = mark('email') || '@example.org', username = mark('username'),
        avatar_url = 'https://example.org/' || mark('avatar') WHERE id = id('user');
    INSERT INTO sessions (id, user_id, expires_at, revoked_at, user_agent) VALUES
        (id('ended_session'), id('user'), now() + interval '1 day', now(), mark('agent')),
        (id('another_session'), id('user'), now() + interval '1 day', NULL, mark('agent'));
    INSERT INTO api_keys (id, user_id, name, prefix, key_sha256)
        VALUES (id('another_key'), id('user'), mark('key'), 'rsk_', sha256(id('another_key')::text::bytea));
    INSERT INTO projects (id, user_id, name) VALUES (id('project'), id('user'), mark('project'));
    INSERT INTO workspace_sessions (id, user_id, name) VALUES (id('desk'), id('user'), mark('desk'));
    INSERT INTO groups (id, user_id) VALUES (id('group'), id('user'));
    INSERT INTO prompt_templates (id, user_id, name, body, strategy)
        VALUES (id('template'), id('user'), mark('template'), '{prompt} ' || mark('body'), 'template');
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status, progress,
        queued_at, completed_at, lease, lease_until, attempts, error_code, error_message, short_id, video_id,
        image_id)
    SELECT job.id, id('user'), job_type, 'motion', 'cpu', 5, true, status,
        CASE status WHEN 'completed' THEN 100 ELSE 0 END, now(),
        CASE WHEN status IN ('completed', 'failed') THEN now() END,
        CASE status WHEN 'processing' THEN id('lease') END,
        CASE status WHEN 'processing' THEN now() + interval '1 hour' END, 1,
        CASE status WHEN 'failed' THEN 'broken' END, CASE status WHEN 'failed' THEN mark('error') END,
        job.short_id, job.video_id, job.image_id
    FROM (VALUES (id('queued'), 'base', 'queued', NULL, NULL::uuid, NULL::uuid),
                 (id('validating'), 'base', 'validating', NULL, NULL, NULL),
                 (id('processing'), 'base', 'processing', NULL, NULL, NULL),
                 (id('failed'), 'base', 'failed', NULL, NULL, NULL),
                 (id('painted'), 'image', 'completed', left(id('unshared')::text, 8), NULL, id('image')),
                 (id('completed'), 'base', 'completed', left(id('link')::text, 8), id('video'), NULL)
    ) AS job (id, job_type, status, short_id, video_id, image_id);
    UPDATE jobs SET prompt = mark('prompt'), negative_prompt = mark('negative'), project_id = id('project'),
        workspace_session_id = id('desk'), group_id = id('group'), progress_text = mark('doing'),
        metadata = jsonb_build_object('client', mark('metadata')), external_job_id = mark('external'),
        options = jsonb_build_object('resolution', '480p'), review_notes = mark('notes'),
        project_name = mark('work'), output_name = mark('output') WHERE user_id = id('user');
    UPDATE jobs SET started_at = now(), processing_seconds = 2,
        worker_id = (SELECT min(id::text)::uuid FROM workers)
        WHERE user_id = id('user') AND status NOT IN ('queued', 'validating');
    UPDATE jobs SET parent_job_id = id('completed') WHERE id = id('failed');
    INSERT INTO assets (id, user_id, job_id, role, bucket, key, poster_key, media_type, status, bytes, sha256,
        file_name, width, height, duration_seconds, fps, frames)
    SELECT asset.id, id('user'), job_id, role, bucket, id('user') || '/' || asset.id || '/' || name,
        CASE WHEN job_id IS NULL THEN id('user') || '/' || asset.id || '/poster.webp' END,
        media_type, 'ready', 9, repeat('0', 64), mark('file') || '.png', 64, 48, seconds, 8, 16
    FROM (VALUES
        (id('reference'), NULL::uuid, 'reference', 'images', 'reference.png', 'image/png', NULL::float),
        (id('unused'), NULL, 'reference', 'images', 'reference.png', 'image/png', NULL),
        (id('motion'), NULL, 'motion', 'videos', 'motion.mp4', 'video/mp4', 2.0),
        (id('film'), id('completed'), 'output', 'outputs', 'output.mp4', 'video/mp4', 2.0),
        (id('poster'), id('completed'), 'poster', 'outputs', 'poster.jpg', 'image/jpeg', NULL),
        (id('picture'), id('painted'), 'output', 'outputs', 'output.png', 'image/png', NULL)
    ) AS asset (id, job_id, role, bucket, name, media_type, seconds);
    INSERT INTO assets (id, user_id, role, bucket, key, media_type, status, bytes, file_name, upload_until)
    VALUES (id('announced'), id('user'), 'reference', 'images',
        id('user') || '/' || id('announced') || '/up.png', 'image/png', 'uploading', 9, mark('upload'),
        now() + interval '1 day');
    INSERT INTO assets (id, user_id, role, bucket, key, media_type, status, deleted_at)
    VALUES (id('deleted'), id('user'), 'reference', 'images', id('deleted') || '/reference.png', 'image/png',
        'deleted', now());
    INSERT INTO job_inputs (job_id, role, asset_id)
    SELECT j.id, a.role, a.id FROM jobs j, assets a
    WHERE j.user_id = id('user') AND a.id IN (id('reference'), id('motion'));
    INSERT INTO videos (id, user_id, job_id, asset_id, prompt, metadata, orientation, model_used,
        duration_seconds)
    VALUES (id('video'), id('user'), id('completed'), id('film'), mark('prompt'),
        jsonb_build_object('said', mark('said')), 'landscape', 'motion', 2);
    INSERT INTO images (id, user_id, job_id, asset_id, prompt, orientation, model_used)
    VALUES (id('image'), id('user'), id('painted'), id('picture'), mark('prompt'), 'landscape', 'motion');
    INSERT INTO job_shares (job_id, user_id) VALUES (id('completed'), id('user'));
    INSERT INTO attempts (job_id, number, lease, log, external_job_id, error_message)
    SELECT id, 1, coalesce(lease, gen_random_uuid()), mark('log'), mark('external'), mark('error') FROM jobs
    WHERE user_id = id('user') AND status NOT IN ('queued', 'validating');
    INSERT INTO attempt_reports (lease, kind, job_id, number, body)
    VALUES (id('lease'), 'progress', id('processing'), 1,
        jsonb_build_object('progress_text', mark('report')));
    INSERT INTO job_progress (job_id, lease, progress, progress_text)
    VALUES (id('processing'), id('lease'), 40, mark('doing'));
    INSERT INTO job_events (job_id, user_id, type, data)
    SELECT id, user_id, 'job.' || status, jsonb_build_object('status', status, 'error_message', mark('event'))
    FROM jobs WHERE user_id = id('user');
    INSERT INTO ledger (id, user_id, job_id, kind, amount, balance_after, reason)
    VALUES (id('entry'), id('user'), id('completed'), 'grant', 1, 10000, mark('reason'));
    INSERT INTO shares (user_id, lane, place, finish_tag) VALUES (id('user'), 'cpu', 5, 1);
    INSERT INTO idempotency (user_id, key, fingerprint, job_ids, answer)
    VALUES (id('user'), mark('idempotency'), sha256(''), ARRAY[id('completed')], mark('answer'));
    INSERT INTO webhook_endpoints (id, user_id, url, description, secret, events)
    VALUES (id('webhook'), id('user'), 'https://93.184.215.14/' || mark('hook'), mark('hook'),
        'whsec_' || mark('secret'), '{job.completed,job.failed,job.cancelled}');
    INSERT INTO webhook_deliveries (id, endpoint_id, user_id, job_id, type, payload, status, tries, error)
    VALUES (id('delivery'), id('webhook'), id('user'), id('failed'), 'job.failed',
        jsonb_build_object('prompt', mark('payload')), 'failed', 1, mark('error'));
    INSERT INTO webhook_tries (delivery_id, number, error, seconds)
    VALUES (id('delivery'), 1, mark('error'), 1);
"""
"""One row in every table of a tenant at least; `id('name')` and `mark('name')` stand for values."""

STORED = ("unused", "reference", "motion", "film", "poster", "picture")
"""The files whose bytes are there too."""

_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")


async def make_belongings(owner: Database, user_id: UUID, marker: str) -> Mapping[str, str]:
    """Give an account one of everything, with a mark in each text; return the ids by name.

    A name that is asked for and was not used gets an id of nothing.
    """
    ids: defaultdict[str, str] = defaultdict(lambda: str(uuid4()), user=str(user_id))
    text = re.sub(r"id\('(\w+)'\)", lambda found: f"'{ids[found[1]]}'::uuid", BELONGINGS)
    text = re.sub(r"mark\('(\w+)'\)", rf"'{marker}-\1'", text)
    async with owner.transaction() as tx:
        await tx.execute(text)
    return ids


async def read_rows(owner: Database, user_id: UUID) -> dict[str, Any]:
    """Everything that is kept of an account, by table."""
    conditions = {
        "user_id": "user_id = $1",
        "id": "id = $1",
        "job_id": "job_id IN (SELECT id FROM jobs WHERE user_id = $1)",
        "delivery_id": "delivery_id IN (SELECT id FROM webhook_deliveries WHERE user_id = $1)",
    }
    parts = [
        f"SELECT '{table}' AS name, "
        "coalesce(jsonb_agg(to_jsonb(t) - 'last_used_at' ORDER BY to_jsonb(t)), '[]') AS rows "
        f"FROM {table} t WHERE {conditions[column]}"
        for table, column in OWNERS.items()
    ]
    async with owner.transaction() as tx:
        return {row["name"]: row["rows"] for row in await tx.fetch(" UNION ALL ".join(parts), user_id)}


def ids_in(value: object) -> set[str]:
    """Every id that a value names, with or without its dashes."""
    return {found.replace("-", "") for found in _UUID.findall(str(value))}
