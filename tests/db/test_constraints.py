import asyncpg
import pytest
from uuid_utils.compat import uuid7

from rushes.db import accounts, ledger
from rushes.db.pool import Database
from rushes.domain.accounts import Plan, Role
from rushes.domain.credits import EntryKind
from rushes.domain.ids import UserId
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.media import AssetStatus
from rushes.errors import Conflict, EmailTaken, Invalid
from tests.factories import fetch_value, make_asset, make_bare_job, make_job, make_viewer, read_balance

S = JobStatus


def release(job: Job) -> ledger.HoldEnding:
    return ledger.HoldEnding(job=job, kind=EntryKind.RELEASE, charged=0, reason="test")


WRONG_JOBS = [
    (S.QUEUED, "completed_at = now()", "jobs_completed_at"),
    (S.COMPLETED, "completed_at = NULL", "jobs_completed_at"),
    (S.FAILED, "completed_at = NULL", "jobs_completed_at"),
    (S.CANCELLED, "completed_at = NULL", "jobs_completed_at"),
    (S.PROCESSING, "progress = 100", "jobs_progress_full"),
    (S.COMPLETED, "progress = 99", "jobs_progress_full"),
    (S.QUEUED, "progress = -1", "jobs_progress_check"),
    (S.PROCESSING, "lease = NULL, lease_until = NULL", "jobs_lease"),
    (S.PROCESSING, "lease_until = NULL", "jobs_lease"),
    (S.QUEUED, "lease = gen_random_uuid(), lease_until = now()", "jobs_lease"),
    (S.COMPLETED, "lease = gen_random_uuid(), lease_until = now()", "jobs_lease"),
    (S.QUEUED, "lease_until = now()", "jobs_lease"),
    (S.QUEUED, "queued_at = NULL", "jobs_queued_at"),
    (S.FAILED, "error_code = NULL", "jobs_failed_why"),
    (S.CANCELLED, "cancelled_reason = NULL", "jobs_cancelled_why"),
    (S.QUEUED, "cancelled_reason = 'user'", "jobs_cancelled_why"),
    (S.CANCELLED, "cancelled_reason = 'whim'", "jobs_cancelled_reason_check"),
    (S.COMPLETED, "video_id = gen_random_uuid(), image_id = gen_random_uuid()", "jobs_one_output"),
    (S.QUEUED, "short_id = '12345678'", "jobs_output_when_completed"),
    (S.COMPLETED, "short_id = 'short'", "jobs_short_id_check"),
    (S.QUEUED, "prompt = ''", "jobs_prompt_check"),
    (S.QUEUED, "prompt = repeat('x', 1001)", "jobs_prompt_check"),
    (S.QUEUED, "priority = 0", "jobs_priority_check"),
    (S.QUEUED, "priority = 11", "jobs_priority_check"),
    (S.QUEUED, "max_attempts = 0", "jobs_max_attempts_check"),
    (S.QUEUED, "price = -1", "jobs_price_check"),
    (S.QUEUED, "credits_charged = -1", "jobs_credits_charged_check"),
    (S.QUEUED, "orientation = 'upright'", "jobs_orientation_check"),
    (S.QUEUED, "idempotency_key = ''", "jobs_idempotency_key_check"),
]

WRONG_ASSETS = [
    (AssetStatus.CHECKING, "bytes = NULL", "assets_stored"),
    (AssetStatus.READY, "sha256 = NULL", "assets_stored"),
    (AssetStatus.READY, "sha256 = 'abc'", "assets_sha256_check"),
    (AssetStatus.READY, "width = NULL", "assets_ready_measured"),
    (AssetStatus.READY, "height = 0", "assets_height_check"),
    (AssetStatus.CHECKING, "status = 'ready'", "assets_ready_measured"),
    (AssetStatus.REJECTED, "error_code = NULL", "assets_rejected_why"),
    (AssetStatus.READY, "status = 'deleted'", "assets_deleted_at"),
    (AssetStatus.READY, "deleted_at = now()", "assets_deleted_at"),
    (AssetStatus.READY, "key = '../escape'", "assets_key_check"),
    (AssetStatus.READY, "key = 'a/./b'", "assets_key_check"),
    (AssetStatus.READY, "key = ''", "assets_key_check"),
    (AssetStatus.READY, "bucket = 'attic'", "assets_bucket_check"),
]

WRONG_USERS = [
    ("credits = -1", "users_credits_not_negative"),
    ("email = 'nobody'", "users_email_check"),
    ("email = 'a b@example.org'", "users_email_check"),
    ("username = repeat('x', 51)", "users_username_check"),
    ("avatar_url = 'javascript:alert(1)'", "users_avatar_url_check"),
    ("slots = -1", "users_slots_check"),
    ("plan = 'gold'", "users_plan_check"),
    ("role = 'god'", "users_role_check"),
]

WRONG_ENTRIES = [
    ("'hold', 1, NULL", "a hold takes"),
    ("'grant', -1, NULL", "a grant gives"),
    ("'capture', 0, NULL", "a capture ends a hold"),
    ("'release', 0, NULL", "a release ends a hold"),
    ("'gift', 1, NULL", "there are four kinds"),
]


@pytest.mark.parametrize(("status", "assignment", "constraint"), WRONG_JOBS)
async def test_job_keeps_its_shape(
    owner: Database, status: JobStatus, assignment: str, constraint: str
) -> None:
    job_id = await make_bare_job(owner, await make_viewer(owner), status)

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await fetch_value(owner, f"UPDATE jobs SET {assignment} WHERE id = $1 RETURNING id", job_id)

    assert caught.value.constraint_name == constraint


@pytest.mark.parametrize(("status", "assignment", "constraint"), WRONG_ASSETS)
async def test_asset_keeps_its_shape(
    owner: Database, status: AssetStatus, assignment: str, constraint: str
) -> None:
    asset_id = await make_asset(owner, await make_viewer(owner), status=status)

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await fetch_value(owner, f"UPDATE assets SET {assignment} WHERE id = $1 RETURNING id", asset_id)

    assert caught.value.constraint_name == constraint


@pytest.mark.parametrize(("assignment", "constraint"), WRONG_USERS)
async def test_account_keeps_its_shape(owner: Database, assignment: str, constraint: str) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await fetch_value(owner, f"UPDATE users SET {assignment} WHERE id = $1 RETURNING id", viewer.user_id)

    assert caught.value.constraint_name == constraint


@pytest.mark.parametrize(("entry", "reason"), WRONG_ENTRIES)
async def test_ledger_entry_keeps_its_shape(owner: Database, entry: str, reason: str) -> None:
    viewer = await make_viewer(owner)
    insert = f"""
        INSERT INTO ledger (id, user_id, balance_after, reason, kind, amount, hold_id)
        VALUES (gen_random_uuid(), $1, 0, $2, {entry}) RETURNING id
    """

    with pytest.raises(asyncpg.CheckViolationError):
        await fetch_value(owner, insert, viewer.user_id, reason)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET amount = 0",
        "UPDATE ledger SET reason = 'another'",
        "DELETE FROM ledger",
        "TRUNCATE ledger CASCADE",
        "TRUNCATE users CASCADE",
    ],
)
async def test_ledger_is_append_only_for_its_owner_too(owner: Database, statement: str) -> None:
    viewer = await make_viewer(owner)
    before = await fetch_value(
        owner, "SELECT json_agg(ledger)::text FROM ledger WHERE user_id = $1", viewer.user_id
    )

    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        async with owner.transaction() as tx:
            await tx.execute(statement)

    after = await fetch_value(
        owner, "SELECT json_agg(ledger)::text FROM ledger WHERE user_id = $1", viewer.user_id
    )
    assert after == before


async def test_hold_ends_only_once(owner: Database) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(owner, viewer)
    async with owner.transaction() as tx:
        await ledger.end_holds(tx, [release(job)])

    with pytest.raises(Conflict, match="ledger_one_ending"):
        async with owner.transaction() as tx:
            await ledger.end_holds(
                tx, [ledger.HoldEnding(job=job, kind=EntryKind.CAPTURE, charged=0, reason="second")]
            )

    assert await read_balance(owner, viewer) == 10_000


async def test_hold_beyond_the_balance_is_refused(owner: Database) -> None:
    viewer = await make_viewer(owner, credits_=5)

    with pytest.raises(asyncpg.CheckViolationError, match="users_credits_not_negative"):
        async with owner.transaction() as tx:
            await ledger.add_hold(tx, user_id=viewer.user_id, amount=6, reason="too much")

    assert await read_balance(owner, viewer) == 5


async def test_address_is_taken_in_any_case(owner: Database) -> None:
    name = uuid7()
    account = {"password_hash": "*", "username": None, "role": Role.USER, "plan": Plan.FREE}
    async with owner.transaction() as tx:
        await accounts.insert_user(tx, user_id=UserId(uuid7()), email=f"Ann.{name}@Example.org", **account)

    with pytest.raises(EmailTaken):
        async with owner.transaction() as tx:
            await accounts.insert_user(
                tx, user_id=UserId(uuid7()), email=f"ann.{name}@example.ORG", **account
            )


async def test_file_has_its_place_alone(owner: Database) -> None:
    viewer = await make_viewer(owner)
    first, second = await make_asset(owner, viewer), await make_asset(owner, viewer)

    with pytest.raises(Conflict, match="assets_bucket_key_key"):
        await fetch_value(
            owner,
            "UPDATE assets SET key = (SELECT key FROM assets WHERE id = $1) WHERE id = $2 RETURNING id",
            first,
            second,
        )


async def test_idempotency_key_is_the_accounts_own(owner: Database) -> None:
    ann, bob = await make_viewer(owner), await make_viewer(owner)
    jobs = [await make_bare_job(owner, viewer, S.PENDING) for viewer in (ann, bob, ann)]
    use_key = "UPDATE jobs SET idempotency_key = 'once' WHERE id = $1 RETURNING id"
    await fetch_value(owner, use_key, jobs[0])
    await fetch_value(owner, use_key, jobs[1])

    with pytest.raises(Conflict, match="jobs_idempotency"):
        await fetch_value(owner, use_key, jobs[2])


async def test_removed_account_takes_everything_along(owner: Database) -> None:
    viewer = await make_viewer(owner)
    await make_asset(owner, viewer)
    await make_job(owner, viewer)

    await fetch_value(owner, "DELETE FROM users WHERE id = $1 RETURNING id", viewer.user_id)

    left = "SELECT count(*) FROM ledger FULL JOIN jobs USING (user_id) WHERE user_id = $1"
    assert await fetch_value(owner, left, viewer.user_id) == 0


async def test_removed_job_leaves_its_entries_without_it(owner: Database) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(owner, viewer)
    async with owner.transaction() as tx:
        await ledger.end_holds(tx, [release(job)])

    await fetch_value(owner, "DELETE FROM jobs WHERE id = $1 RETURNING id", job.id)

    entries = "SELECT array_agg(kind ORDER BY id) FROM ledger WHERE user_id = $1 AND job_id IS NULL"
    assert await fetch_value(owner, entries, viewer.user_id) == ["grant", "hold", "release"]


@pytest.mark.parametrize(("column", "value"), [("prompt", "a\0b"), ("metadata", {"note": "a\0b"})])
async def test_nul_in_a_text_is_the_askers_mistake(owner: Database, column: str, value: object) -> None:
    job_id = await make_bare_job(owner, await make_viewer(owner), S.PENDING)

    with pytest.raises(Invalid, match="NUL"):
        await fetch_value(owner, f"UPDATE jobs SET {column} = $2 WHERE id = $1 RETURNING id", job_id, value)
