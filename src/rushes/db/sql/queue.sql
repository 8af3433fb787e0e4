-- name: claim_jobs(lanes, count, worker_id, lease_time)
-- Take the next jobs of some lanes: best priority first, then fair rank, then age; each gets a new lease.
WITH picked AS (
    SELECT next.id
    FROM lanes l
    CROSS JOIN LATERAL (
        SELECT id, priority, fair_rank FROM jobs
        WHERE lane = l.name AND status = 'queued' AND run_at <= now()
        ORDER BY priority, fair_rank, id
        LIMIT :count
        FOR NO KEY UPDATE SKIP LOCKED
    ) next
    WHERE l.name = ANY (:lanes::text[]) AND l.paused_at IS NULL
    ORDER BY next.priority, next.fair_rank, next.id
    LIMIT :count
), claimed AS (
    UPDATE jobs j
    SET status = 'processing', lease = gen_random_uuid(), lease_until = now() + :lease_time,
        worker_id = :worker_id, attempts = j.attempts + 1, started_at = now()
    FROM picked WHERE j.id = picked.id
    RETURNING j.*
), recorded AS (
    INSERT INTO attempts (job_id, number, lease, worker_id)
    SELECT id, attempts, lease, worker_id FROM claimed
)
SELECT claimed.*, m.engine, m.time_limit_seconds
FROM claimed JOIN models m ON m.slug = claimed.model
ORDER BY claimed.priority, claimed.fair_rank, claimed.id;

-- name: renew_leases(job_ids, leases, lease_time)
-- Renew the leases that are still held, and tell which of their jobs should stop.
UPDATE jobs j SET lease_until = now() + :lease_time
FROM unnest(:job_ids::uuid[], :leases::uuid[]) AS held (job_id, lease)
WHERE j.id = held.job_id AND j.lease = held.lease
RETURNING j.lease, j.cancel_requested_at IS NOT NULL AS cancel_requested;

-- name: lock_attempt(job_id, lease)^
-- Take the job for the attempt that holds the lease; nothing if it was lost. The owner's row comes first.
SELECT * FROM jobs WHERE id = :job_id AND lease = :lease FOR NO KEY UPDATE;

-- name: get_job_completed_by(lease)^
-- The job that the attempt with this lease has completed.
SELECT j.* FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE a.lease = :lease AND a.outcome = 'succeeded';

-- name: lock_lapsed(job_id, lease)^
-- Take the job of an attempt whose lease has run out; nothing if it was renewed or settled meanwhile.
SELECT * FROM jobs WHERE id = :job_id AND lease = :lease AND lease_until < now() FOR NO KEY UPDATE;

-- name: list_lapsed(count)
-- Attempts whose lease has run out.
SELECT id, user_id, lease FROM jobs
WHERE status = 'processing' AND lease_until < now()
ORDER BY lease_until
LIMIT :count;

-- name: end_attempt(job_id, lease, outcome, error_code, error_message, log)$
-- Write down how an attempt ended, and drop what it said of itself.
WITH ended AS (
    UPDATE attempts
    SET finished_at = now(), outcome = :outcome, error_code = :error_code, error_message = :error_message,
        log = right(log || :log, 65536)
    WHERE job_id = :job_id AND lease = :lease AND finished_at IS NULL
    RETURNING number
), dropped AS (
    DELETE FROM job_progress WHERE job_id = :job_id AND lease = :lease
)
SELECT number FROM ended;

-- name: count_lost(job_id)$
-- How many attempts of the job took their worker with them.
SELECT count(*) FROM attempts WHERE job_id = :job_id AND outcome = 'lost';

-- name: save_progress(job_ids, leases, progresses, texts, etas)
-- Keep what running attempts say of themselves, if they still hold their leases, and wake who watches.
WITH saved AS (
    INSERT INTO job_progress AS p (job_id, lease, progress, progress_text, eta_seconds)
    SELECT said.job_id, said.lease, said.progress, said.progress_text, said.eta_seconds
    FROM unnest(:job_ids::uuid[], :leases::uuid[], :progresses::smallint[], :texts::text[], :etas::float8[])
        AS said (job_id, lease, progress, progress_text, eta_seconds)
    JOIN jobs j ON j.id = said.job_id AND j.lease = said.lease
    ON CONFLICT (job_id) DO UPDATE
    SET lease = excluded.lease, progress_text = excluded.progress_text, eta_seconds = excluded.eta_seconds,
        progress = CASE WHEN p.lease = excluded.lease THEN greatest(p.progress, excluded.progress)
                        ELSE excluded.progress END,
        updated_at = now()
    RETURNING job_id
)
SELECT pg_notify('rushes_jobs', j.id || ' ' || j.user_id) FROM saved JOIN jobs j ON j.id = saved.job_id;

-- name: list_attempts(job_id)
-- The attempts of a job, first to last; row-level security lets a viewer see those of his jobs.
SELECT number, worker_id, started_at, finished_at, outcome, error_code, error_message, log
FROM attempts WHERE job_id = :job_id ORDER BY number;
