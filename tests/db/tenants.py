"""One row in every table of a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from tests.factories import make_viewer

ROWS: Mapping[str, str] = {
    "users": """
        INSERT INTO users (id, email, password_hash)
        VALUES (gen_random_uuid(), gen_random_uuid() || '@example.org', '*')
    """,
    "sessions": """
        INSERT INTO sessions (id, user_id, expires_at) VALUES (gen_random_uuid(), id('user'), now())
    """,
    "api_keys": """
        INSERT INTO api_keys (id, user_id, name, prefix, key_sha256)
        VALUES (gen_random_uuid(), id('user'), 'key', 'rsk_', sha256(gen_random_uuid()::text::bytea))
    """,
    "projects": "INSERT INTO projects (id, user_id, name) VALUES (gen_random_uuid(), id('user'), 'film')",
    "workspace_sessions": """
        INSERT INTO workspace_sessions (id, user_id, name) VALUES (gen_random_uuid(), id('user'), 'desk')
    """,
    "groups": "INSERT INTO groups (id, user_id) VALUES (gen_random_uuid(), id('user'))",
    "jobs": """
        INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied)
        VALUES (id('job'), id('user'), 'base', 'motion', 'cpu', 5, true)
    """,
    "assets": """
        INSERT INTO assets (id, user_id, role, bucket, key, media_type, status)
        VALUES (id('asset'), id('user'), 'motion', 'videos', id('asset')::text, 'video/mp4', 'uploading')
    """,
    "job_inputs": "INSERT INTO job_inputs (job_id, role, asset_id) VALUES (id('job'), 'motion', id('asset'))",
    "videos": """
        INSERT INTO videos (id, user_id, job_id, asset_id, orientation, model_used, duration_seconds)
        VALUES (gen_random_uuid(), id('user'), id('job'), id('asset'), 'landscape', 'motion', 1)
    """,
    "images": """
        INSERT INTO images (id, user_id, job_id, asset_id, orientation, model_used)
        VALUES (gen_random_uuid(), id('user'), id('job'), id('asset'), 'landscape', 'motion')
    """,
    "ledger": """
        INSERT INTO ledger (id, user_id, kind, amount, balance_after, reason)
        VALUES (gen_random_uuid(), id('user'), 'grant', 1, 1, 'test')
    """,
    "job_events": "INSERT INTO job_events (job_id, user_id, type) VALUES (id('job'), id('user'), 'test')",
    "attempts": "INSERT INTO attempts (job_id, number, lease) VALUES (id('job'), 1, gen_random_uuid())",
    "job_progress": """
        INSERT INTO job_progress (job_id, lease, progress) VALUES (id('job'), gen_random_uuid(), 1)
    """,
    "shares": """
        INSERT INTO shares (user_id, lane, place, finish_tag) VALUES (id('user'), gen_random_uuid(), 1, 1)
    """,
    "idempotency": """
        INSERT INTO idempotency (user_id, key, fingerprint, job_ids)
        VALUES (id('user'), gen_random_uuid(), sha256(''), '{}')
    """,
    "job_shares": "INSERT INTO job_shares (job_id, user_id) VALUES (id('job'), id('user'))",
    "prompt_templates": """
        INSERT INTO prompt_templates (id, user_id, name, body, strategy)
        VALUES (gen_random_uuid(), id('user'), gen_random_uuid(), 'A {prompt}', 'template')
    """,
    "webhook_endpoints": """
        INSERT INTO webhook_endpoints (id, user_id, url, secret, events)
        VALUES (id('asset'), id('user'), 'https://example.org', 'whsec_', '{job.failed}')
        ON CONFLICT DO NOTHING
    """,
    "webhook_deliveries": """
        INSERT INTO webhook_deliveries (id, endpoint_id, user_id, job_id, type, payload)
        VALUES (id('delivery'), id('asset'), id('user'), id('job'), 'job.failed', '{}')
    """,
    "webhook_tries": """
        INSERT INTO webhook_tries (delivery_id, number, seconds) VALUES (id('delivery'), 1, 1)
    """,
    "attempt_reports": """
        INSERT INTO attempt_reports (lease, kind, job_id, number, body)
        VALUES (gen_random_uuid(), 'progress', id('job'), 1, '{}')
    """,
}
"""How to write a row of each table; `id('user')` stands for the tenant's id, and so on."""

OWNERS: Mapping[str, str] = dict.fromkeys(ROWS, "user_id") | {
    "users": "id",
    "attempts": "job_id",
    "attempt_reports": "job_id",
    "job_progress": "job_id",
    "job_inputs": "job_id",
    "webhook_tries": "delivery_id",
}
"""The column of each table that tells whose a row is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An account with a row in every table."""

    viewer: Viewer
    job_id: UUID
    asset_id: UUID
    delivery_id: UUID

    def owns(self, table: str) -> UUID:
        """The value that the tenant's rows have in the table's column of `OWNERS`."""
        of_others = {"job_id": self.job_id, "delivery_id": self.delivery_id}
        return of_others.get(OWNERS[table], self.viewer.user_id)

    def statement(self, table: str) -> str:
        """How to write one more row of the table for the tenant."""
        text = ROWS[table]
        values = {"user": self.viewer.user_id, "job": self.job_id, "asset": self.asset_id}
        for name, value in (values | {"delivery": self.delivery_id}).items():
            text = text.replace(f"id('{name}')", f"'{value}'::uuid")
        return text


async def make_tenant(owner: Database) -> Tenant:
    """A tenant whose rows are all written."""
    tenant = Tenant(viewer=await make_viewer(owner), job_id=uuid4(), asset_id=uuid4(), delivery_id=uuid4())
    async with owner.transaction() as tx:
        for table in ROWS:
            await tx.execute(tenant.statement(table))
    return tenant


async def seen(tx: Tx, table: str) -> set[UUID]:
    """Whose rows of the table a transaction sees."""
    column = OWNERS[table]
    return {row[column] for row in await tx.fetch(f"SELECT {column} FROM {table}")}
