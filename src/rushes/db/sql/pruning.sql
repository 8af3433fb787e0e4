-- name: prune_events(age, after_id, count)^
-- Remove the old ones of the next events by id, but never the last of an active job; an end where young ones begin.
WITH batch AS MATERIALIZED (
    SELECT id, job_id, created_at FROM job_events WHERE id > :after_id ORDER BY id LIMIT :count
), due AS (
    SELECT e.id FROM batch b JOIN job_events e ON e.id = b.id
    WHERE b.created_at < now() - :age::interval
      AND (EXISTS (SELECT FROM job_events later WHERE later.job_id = b.job_id AND later.id > b.id)
           OR NOT EXISTS (SELECT FROM jobs j WHERE j.id = b.job_id
                          AND j.status IN ('pending', 'validating', 'queued', 'processing')))
    FOR UPDATE OF e SKIP LOCKED
), pruned AS (
    DELETE FROM job_events WHERE id IN (SELECT id FROM due) RETURNING id
)
SELECT (SELECT count(*) FROM pruned) AS pruned,
    CASE WHEN count(*) = :count AND bool_and(created_at < now() - :age::interval) THEN max(id) END AS next_id
FROM batch;

-- name: prune_idempotency_keys(age, count)$
-- Remove old keys of submissions: a repeat with one of them makes a new job.
WITH due AS (
    SELECT user_id, key FROM idempotency WHERE created_at < now() - :age::interval
    ORDER BY created_at LIMIT :count FOR UPDATE SKIP LOCKED
), pruned AS (
    DELETE FROM idempotency i USING due WHERE i.user_id = due.user_id AND i.key = due.key RETURNING i.created_at
)
SELECT count(*) FROM pruned;

-- name: prune_sessions(age, count)$
-- Remove sessions that expired long ago.
WITH due AS (
    SELECT id FROM sessions WHERE expires_at < now() - :age::interval
    ORDER BY expires_at LIMIT :count FOR UPDATE SKIP LOCKED
), pruned AS (
    DELETE FROM sessions s USING due WHERE s.id = due.id RETURNING s.id
)
SELECT count(*) FROM pruned;

-- name: prune_deliveries(age, count)$
-- Remove old webhook deliveries that will not be tried again, and their tries with them.
WITH due AS (
    SELECT id FROM webhook_deliveries WHERE created_at < now() - :age::interval AND status <> 'pending'
    LIMIT :count FOR UPDATE SKIP LOCKED
), pruned AS (
    DELETE FROM webhook_deliveries d USING due WHERE d.id = due.id RETURNING d.id
)
SELECT count(*) FROM pruned;

-- name: prune_reports(age, count)$
-- Remove what providers reported long ago: who waited for it has heard it.
WITH due AS (
    SELECT lease, kind FROM attempt_reports WHERE received_at < now() - :age::interval
    ORDER BY received_at LIMIT :count FOR UPDATE SKIP LOCKED
), pruned AS (
    DELETE FROM attempt_reports r USING due WHERE r.lease = due.lease AND r.kind = due.kind RETURNING r.lease
)
SELECT count(*) FROM pruned;

-- name: prune_workers(age, count)$
-- Remove workers that were last heard of long ago.
WITH due AS (
    SELECT id FROM workers WHERE state = 'gone' AND heartbeat_at < now() - :age::interval
    ORDER BY heartbeat_at LIMIT :count FOR UPDATE SKIP LOCKED
), pruned AS (
    DELETE FROM workers w USING due WHERE w.id = due.id RETURNING w.id
)
SELECT count(*) FROM pruned;

-- name: prune_progress(age, count)$
-- Remove what attempts said that no longer run; the table holds little more than the running ones.
WITH due AS (
    SELECT p.job_id FROM job_progress p
    WHERE p.updated_at < now() - :age::interval
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.id = p.job_id AND j.lease = p.lease)
    LIMIT :count FOR UPDATE OF p SKIP LOCKED
), pruned AS (
    DELETE FROM job_progress p USING due WHERE p.job_id = due.job_id RETURNING p.job_id
)
SELECT count(*) FROM pruned;

-- name: give_up_uploads(age, count)$
-- Say of files whose bytes never came in full that they are gone.
WITH due AS (
    SELECT id FROM assets WHERE status = 'uploading' AND created_at < now() - :age::interval
    ORDER BY created_at LIMIT :count FOR NO KEY UPDATE SKIP LOCKED
), given_up AS (
    UPDATE assets a SET status = 'deleted', deleted_at = now() FROM due WHERE a.id = due.id RETURNING a.id
)
SELECT count(*) FROM given_up;

-- name: list_ended_uploads(age, except_ids, count)
-- Direct uploads that are over, and to whose address nobody can be sending any more, the longest ended first.
SELECT id, user_id, bucket,
    CASE WHEN status <> 'deleted' THEN array_remove(ARRAY[key, poster_key], NULL) ELSE '{}' END AS kept
FROM assets
WHERE upload_until < now() - :age::interval AND status NOT IN ('uploading', 'checking')
  AND id <> ALL (:except_ids::uuid[])
ORDER BY upload_until
LIMIT :count;

-- name: mark_upload_ended(asset_ids)$
-- Note that nothing of some direct uploads is left but the files themselves; what another pruner notes is left to it.
WITH due AS (
    SELECT id FROM assets WHERE id = ANY (:asset_ids::uuid[]) AND upload_until IS NOT NULL
    FOR NO KEY UPDATE SKIP LOCKED
), ended AS (
    UPDATE assets a SET upload_until = NULL FROM due WHERE a.id = due.id RETURNING a.id
)
SELECT count(*) FROM ended;

-- name: list_deleted_files(except_ids, count)
-- Deleted files whose objects may still be stored, the longest deleted first; the folder of an upload is its own.
SELECT id, bucket, key, CASE WHEN job_id IS NULL THEN concat(user_id, '/', id) END AS folder FROM assets
WHERE status = 'deleted' AND purged_at IS NULL AND id <> ALL (:except_ids::uuid[])
ORDER BY deleted_at
LIMIT :count;

-- name: mark_purged(asset_ids)$
-- Note that the objects of deleted files are gone; what another pruner is just noting is left to it.
WITH due AS (
    SELECT id FROM assets
    WHERE id = ANY (:asset_ids::uuid[]) AND status = 'deleted' AND purged_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
), purged AS (
    UPDATE assets a SET purged_at = now() FROM due WHERE a.id = due.id RETURNING a.id
)
SELECT count(*) FROM purged;

-- name: list_lost_attempts(age, except_leases, count)
-- Attempts given up long enough ago that no straggler of theirs still writes, and not yet cleared up after.
SELECT a.lease, a.job_id, a.number, j.user_id
FROM attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.outcome = 'lost' AND a.swept_at IS NULL AND a.finished_at < now() - :age::interval
  AND a.lease <> ALL (:except_leases::uuid[])
ORDER BY a.finished_at
LIMIT :count;

-- name: list_known_keys(bucket, keys)
-- Those of some keys that belong to a file we know of, deleted ones included.
SELECT key FROM assets WHERE bucket = :bucket AND key = ANY (:keys::text[]);

-- name: mark_swept(leases)$
-- Note that lost attempts were cleared up after; what another pruner is just noting is left to it.
WITH due AS (
    SELECT lease FROM attempts
    WHERE lease = ANY (:leases::uuid[]) AND outcome = 'lost' AND swept_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
), swept AS (
    UPDATE attempts a SET swept_at = now() FROM due WHERE a.lease = due.lease RETURNING a.lease
)
SELECT count(*) FROM swept;
