-- name: read_snapshot()^
-- Which transactions have committed, and when that was asked.
SELECT pg_current_snapshot()::text AS snapshot, now() AS taken_at;

-- name: read_new_events(user_ids, seen, job_ids)
-- What happened to the jobs of some accounts since each was read last, the progress of some jobs, and the new mark.
SELECT pg_current_snapshot()::text AS snapshot, now() AS taken_at, e.*
FROM (SELECT) AS always
LEFT JOIN read_job_events(:user_ids::uuid[], :seen::text[]::pg_snapshot[], :job_ids::uuid[]) e ON true;

-- name: list_active_watched(user_id, count)
-- The viewer's newest active jobs with their progress, how many there are, and which transactions this has seen.
SELECT pg_current_snapshot()::text AS snapshot, now() AS taken_at, active.*
FROM (SELECT) AS always
LEFT JOIN (
    SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds,
        count(*) OVER () AS active_jobs
    FROM unnest(ARRAY['pending', 'validating', 'queued', 'processing']) AS wanted (status)
    JOIN jobs j ON j.user_id = :user_id AND j.status = wanted.status AND j.deleted_at IS NULL
    LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
    ORDER BY j.created_at DESC, j.id DESC
    LIMIT :count
) active ON true;

-- name: list_missed_events(user_id, seen, until, count)
-- What happened to the viewer's jobs between two moments, as far as one saw more than the other; of too many the
-- oldest transactions.
SELECT * FROM (
    SELECT id, job_id, user_id, txid::text::bigint AS transaction, type, data, created_at
    FROM job_events
    WHERE user_id = :user_id AND txid >= pg_snapshot_xmin(:seen::text::pg_snapshot)
      AND NOT pg_visible_in_snapshot(txid, :seen::text::pg_snapshot)
      AND pg_visible_in_snapshot(txid, :until::text::pg_snapshot)
    ORDER BY txid, job_events.id
    LIMIT :count
) missed
ORDER BY id;

-- name: was_pruned_after(job_id, user_id, event_id)$
-- Whether events of one job of the viewer that followed an event are gone.
SELECT NOT EXISTS (SELECT FROM job_events e WHERE e.id = :event_id AND e.job_id = j.id)
    AND NOT EXISTS (
        SELECT FROM job_events e
        WHERE e.job_id = j.id AND e.created_at <= j.created_at)
FROM jobs j WHERE j.id = :job_id AND j.user_id = :user_id;

-- name: list_live_credentials(session_ids, keys)
-- Those of some credentials that still open what they did.
SELECT session_id, key_sha256 FROM live_credentials(:session_ids::uuid[], :keys::bytea[]);
