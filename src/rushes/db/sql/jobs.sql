-- name: insert_job(id, user_id, parent_job_id, job_type, model, lane, priority, prompt, options, metadata, max_attempts, price, hold_id, watermark_applied)^
-- Write a new job down; it begins as pending.
INSERT INTO jobs (id, user_id, parent_job_id, job_type, model, lane, priority, prompt, options, metadata,
                  max_attempts, price, hold_id, watermark_applied)
VALUES (:id, :user_id, :parent_job_id, :job_type, :model, :lane, :priority, :prompt, :options, :metadata,
        :max_attempts, :price, :hold_id, :watermark_applied)
RETURNING *;

-- name: insert_input(job_id, role, asset_id)!
-- Name a file as one of the job's inputs.
INSERT INTO job_inputs (job_id, role, asset_id) VALUES (:job_id, :role, :asset_id);

-- name: get_job(job_id, user_id)^
-- One job of the viewer, with what its running attempt says of itself.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.id = :job_id AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: list_jobs(user_id, before_time, before_id, count)
-- A page of the viewer's jobs, newest first.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.user_id = :user_id AND j.deleted_at IS NULL AND (j.created_at, j.id) < (:before_time, :before_id)
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: list_jobs_by_status(user_id, statuses, before_time, before_id, count)
-- A page of the viewer's jobs in some states, newest first; a page of each state, so that an index has the order.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM unnest(:statuses::text[]) AS wanted (status)
CROSS JOIN LATERAL (
    SELECT * FROM jobs
    WHERE user_id = :user_id AND deleted_at IS NULL AND status = wanted.status
      AND (created_at, id) < (:before_time, :before_id)
    ORDER BY created_at DESC, id DESC
    LIMIT :count
) j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: count_by_status(user_id)
-- How many jobs the viewer has in each state.
SELECT status, count(*) AS jobs FROM jobs WHERE user_id = :user_id AND deleted_at IS NULL GROUP BY status;

-- name: admit_pending(user_id, slots)
-- Let the account's next pending jobs in, as many as it has free slots; its row must be locked.
UPDATE jobs SET status = 'validating'
WHERE id IN (
    SELECT j.id FROM jobs j
    WHERE j.user_id = :user_id AND j.status = 'pending'
      AND (j.parent_job_id IS NULL OR EXISTS (
          SELECT FROM jobs parent WHERE parent.id = j.parent_job_id AND parent.status = 'completed'))
    ORDER BY j.priority, j.id
    LIMIT (SELECT greatest(0, :slots - count(*)) FROM jobs
           WHERE user_id = :user_id AND status IN ('validating', 'queued', 'processing')))
RETURNING id;

-- name: queue_validated(job_ids)
-- Queue those of some validating jobs whose inputs are all ready.
UPDATE jobs j SET status = 'queued', queued_at = now(), run_at = now()
WHERE j.id = ANY (:job_ids::uuid[]) AND j.status = 'validating'
  AND NOT EXISTS (SELECT FROM job_inputs i JOIN assets a ON a.id = i.asset_id
                  WHERE i.job_id = j.id AND a.status <> 'ready')
RETURNING j.id;

-- name: list_refused_inputs(job_ids)
-- The validating jobs among some that name a file which can never become ready, and why.
SELECT DISTINCT ON (j.id) j.id AS job_id, i.role, a.status, a.error_code, a.error_message
FROM jobs j JOIN job_inputs i ON i.job_id = j.id JOIN assets a ON a.id = i.asset_id
WHERE j.id = ANY (:job_ids::uuid[]) AND j.status = 'validating' AND a.status IN ('rejected', 'deleted')
ORDER BY j.id, i.role;

-- name: list_waiting_for_asset(asset_id)
-- The validating jobs that name a file.
SELECT j.id FROM job_inputs i JOIN jobs j ON j.id = i.job_id
WHERE i.asset_id = :asset_id AND j.status = 'validating';

-- name: lock_job(job_id, user_id)^
-- Take one job of the viewer; its owner's row must be locked before.
SELECT * FROM jobs WHERE id = :job_id AND user_id = :user_id AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: cancel_job(job_id, reason)^
-- End a job by cancelling it, whatever it was doing.
UPDATE jobs
SET status = 'cancelled', cancelled_reason = :reason, completed_at = now(), progress_text = NULL,
    lease = NULL, lease_until = NULL
WHERE id = :job_id
RETURNING *;

-- name: request_cancel(job_id)!
-- Ask the worker that runs the job to stop.
UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, now()), updated_at = now() WHERE id = :job_id;

-- name: notify_cancel(job_id)$
-- Tell the workers that one job should stop; the next renewal would tell them anyhow.
SELECT pg_notify('rushes_cancels', :job_id::uuid::text);

-- name: fail_job(job_id, error_code, error_message)^
-- End a job as failed.
UPDATE jobs
SET status = 'failed', error_code = :error_code, error_message = :error_message, completed_at = now(),
    progress_text = NULL, lease = NULL, lease_until = NULL
WHERE id = :job_id
RETURNING *;

-- name: requeue_job(job_id, delay)^
-- Put a job back in its lane, to run again after a delay.
UPDATE jobs
SET status = 'queued', run_at = now() + :delay, lease = NULL, lease_until = NULL, worker_id = NULL,
    progress_text = NULL
WHERE id = :job_id
RETURNING *;

-- name: hand_back_job(job_id)^
-- Put a job back in its lane at once; that its worker was shut down costs it none of its attempts.
UPDATE jobs
SET status = 'queued', run_at = now(), lease = NULL, lease_until = NULL, worker_id = NULL, progress_text = NULL,
    max_attempts = least(max_attempts + 1, 20)
WHERE id = :job_id
RETURNING *;

-- name: complete_job(job_id, credits_charged, short_id, video_id)^
-- End a job with its output.
UPDATE jobs
SET status = 'completed', progress = 100, progress_text = NULL, completed_at = now(), lease = NULL,
    lease_until = NULL, processing_seconds = extract(epoch FROM now() - started_at),
    credits_charged = :credits_charged, short_id = :short_id, video_id = :video_id
WHERE id = :job_id
RETURNING *;

-- name: list_jobs_among(user_id, job_ids)
-- Those of some jobs that are the viewer's.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.id = ANY (:job_ids::uuid[]) AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: watch_job(job_id, user_id)^
-- One job of the viewer and the last event of its history, both as of the same moment.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds,
    coalesce((SELECT max(e.id) FROM job_events e WHERE e.job_id = j.id), 0) AS last_event_id
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.id = :job_id AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: list_events_after(job_id, user_id, after_id)
-- The history of one job of the viewer since an event, oldest first.
SELECT id, job_id, type, data, created_at FROM job_events
WHERE job_id = :job_id AND user_id = :user_id AND id > :after_id
ORDER BY id
LIMIT 1000;
