-- name: claim_jobs(lanes, engines, count, worker_id, lease_time)
-- Take the next jobs of some lanes, in the order of the function of the same name; each gets a new lease. With them
-- come their files, what a parent made among these, and what the latest attempt left for the next one. An older worker
-- neither lays a mark on nor says `signed` of what it makes: of a parent's mark only what one since then made tells.
SELECT j.*, m.engine, m.time_limit_seconds, m.config AS engine_config,
    made_from.roles AS input_roles, made_from.files AS inputs,
    EXISTS (SELECT FROM jobs p
            LEFT JOIN videos v ON v.id = p.video_id
            LEFT JOIN images i ON i.id = p.image_id
            WHERE p.id = j.parent_job_id AND p.user_id = j.user_id AND p.watermark_applied
              AND coalesce(v.metadata, i.metadata) ? 'signed') AS parent_watermarked,
    CASE WHEN j.attempts > 1 THEN (
        SELECT checkpoint FROM attempts
        WHERE job_id = j.id AND number > j.attempts_before AND checkpoint IS NOT NULL
        ORDER BY number DESC LIMIT 1
    ) END AS checkpoint
FROM claim_jobs(:lanes, :engines, :count, :worker_id, :lease_time) j JOIN models m ON m.slug = j.model
CROSS JOIN LATERAL (
    -- In its job a file has the role that the job names it for, which need not be what it was made as.
    SELECT array_agg(named.role) AS roles, array_agg(named.file) AS files FROM (
        SELECT i.role, a AS file FROM job_inputs i JOIN assets a ON a.id = i.asset_id WHERE i.job_id = j.id
        UNION ALL
        SELECT a.role, a FROM assets a
        WHERE a.job_id = j.parent_job_id AND a.user_id = j.user_id AND a.role = 'output' AND a.status = 'ready'
    ) named
) made_from
ORDER BY j.place, j.fair_rank, j.id;

-- name: renew_leases(job_ids, leases, lease_time)
-- Renew the leases that are still held, and tell which of their jobs should stop. Here as in every statement on
-- several rows they are locked in the order of their ids, so that two never wait for each other.
WITH held AS (
    SELECT j.id FROM jobs j JOIN unnest(:job_ids::uuid[], :leases::uuid[]) AS held (job_id, lease)
        ON j.id = held.job_id AND j.lease = held.lease
    ORDER BY j.id
    FOR NO KEY UPDATE OF j
)
UPDATE jobs j SET lease_until = now() + :lease_time FROM held WHERE j.id = held.id
RETURNING j.lease, j.cancel_requested_at IS NOT NULL AS cancel_requested;

-- name: lock_attempts(job_ids, leases, lapsed)
-- Take the jobs whose attempts still hold their leases (of the lapsed: have let them run out); owners come first.
SELECT j.*,
    past.workers_killed, past.failures
FROM jobs j JOIN unnest(:job_ids::uuid[], :leases::uuid[], :lapsed::boolean[]) AS held (job_id, lease, lapsed)
    ON j.id = held.job_id AND j.lease = held.lease
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE outcome = 'lost') AS workers_killed,
        count(*) FILTER (WHERE outcome = 'retry' AND error_code <> 'worker_stopped') AS failures
    FROM attempts a WHERE a.job_id = j.id AND a.number > j.attempts_before
) past
WHERE NOT held.lapsed OR j.lease_until < clock_timestamp()
ORDER BY j.id
FOR NO KEY UPDATE OF j;

-- name: list_settled(leases)
-- The jobs whose attempts with these leases were settled by their own workers.
SELECT a.lease AS settled_lease, a.outcome AS settled_as, j.* FROM attempts a JOIN jobs j ON j.id = a.job_id
WHERE a.lease = ANY (:leases::uuid[]) AND a.outcome <> 'lost';

-- name: list_lapsed(count)
-- Attempts whose lease has run out.
SELECT id, user_id, lease FROM jobs
WHERE status = 'processing' AND lease_until < now()
ORDER BY lease_until
LIMIT :count;

-- name: end_attempts(rows)!
-- Write down how attempts ended, and drop what they said of themselves.
WITH ended AS (
    SELECT * FROM jsonb_to_recordset(:rows)
        AS ended (job_id uuid, lease uuid, outcome text, error_code text, error_message text, log text)
), said AS (
    SELECT p.job_id FROM job_progress p JOIN ended ON p.job_id = ended.job_id AND p.lease = ended.lease
    ORDER BY p.job_id
    FOR UPDATE OF p
), dropped AS (
    DELETE FROM job_progress WHERE job_id IN (SELECT job_id FROM said)
), locked AS (
    SELECT a.job_id, a.number FROM attempts a JOIN ended ON a.job_id = ended.job_id AND a.lease = ended.lease
    ORDER BY a.job_id
    FOR NO KEY UPDATE OF a
)
UPDATE attempts a
SET finished_at = now(), outcome = ended.outcome, error_code = ended.error_code,
    error_message = ended.error_message, log = CASE ended.log WHEN '' THEN a.log ELSE ended.log END
FROM ended JOIN locked ON locked.job_id = ended.job_id
WHERE a.job_id = locked.job_id AND a.number = locked.number AND a.finished_at IS NULL;

-- name: save_progress(job_ids, leases, progresses, texts, etas)
-- Keep what running attempts say of themselves, if they still hold their leases, and wake who watches.
WITH saved AS (
    INSERT INTO job_progress AS p (job_id, lease, progress, progress_text, eta_seconds)
    SELECT said.job_id, said.lease, said.progress, said.progress_text, said.eta_seconds
    FROM unnest(:job_ids::uuid[], :leases::uuid[], :progresses::smallint[], :texts::text[], :etas::float8[])
        AS said (job_id, lease, progress, progress_text, eta_seconds)
    JOIN jobs j ON j.id = said.job_id AND j.lease = said.lease
    ORDER BY said.job_id
    ON CONFLICT (job_id) DO UPDATE
    SET lease = excluded.lease, progress_text = excluded.progress_text, eta_seconds = excluded.eta_seconds,
        progress = CASE WHEN p.lease = excluded.lease THEN greatest(p.progress, excluded.progress)
                        ELSE excluded.progress END,
        updated_at = now()
    RETURNING job_id
)
SELECT pg_notify('rushes_jobs', j.id || ' ' || j.user_id) FROM saved JOIN jobs j ON j.id = saved.job_id;

-- name: save_notes(rows)
-- Keep the logs, checkpoints and remote ids of running attempts that still hold their leases; tell which do.
WITH noted AS (
    SELECT noted.*, a.number
    FROM jsonb_to_recordset(:rows)
        AS noted (job_id uuid, lease uuid, log text, checkpoint jsonb, external_job_id text)
    JOIN jobs j ON j.id = noted.job_id AND j.lease = noted.lease
    JOIN attempts a ON a.job_id = noted.job_id AND a.lease = noted.lease
    ORDER BY noted.job_id
    FOR NO KEY UPDATE OF a
)
UPDATE attempts a
SET log = coalesce(noted.log, a.log), checkpoint = coalesce(noted.checkpoint, a.checkpoint),
    external_job_id = coalesce(noted.external_job_id, a.external_job_id)
FROM noted WHERE a.job_id = noted.job_id AND a.number = noted.number AND a.finished_at IS NULL
RETURNING a.lease;
