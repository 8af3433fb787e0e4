-- name: list_jobs(statuses, job_types, lanes, models, from_time, to_time, before_time, before_id, count)
-- A page of the jobs of all accounts, newest first; a page of each state, so that an index has the order.
SELECT j.*, u.email, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM unnest(:statuses::text[]) AS wanted (status)
CROSS JOIN LATERAL (
    SELECT * FROM jobs
    WHERE status = wanted.status AND created_at >= :from_time AND created_at < :to_time AND created_at <= :before_time
      AND (created_at, id) < (:before_time, :before_id)
      AND (cardinality(:job_types::text[]) = 0 OR job_type = ANY (:job_types))
      AND (cardinality(:lanes::text[]) = 0 OR lane = ANY (:lanes))
      AND (cardinality(:models::text[]) = 0 OR model = ANY (:models))
    ORDER BY created_at DESC, id DESC
    LIMIT :count
) j JOIN users u ON u.id = j.user_id LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: list_jobs_of_types(statuses, job_types, lanes, models, from_time, to_time, before_time, before_id, count)
-- The same for some job types in any of all states: a rare type is not looked for among all jobs.
SELECT j.*, u.email, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM unnest(:job_types::text[]) AS wanted (job_type)
CROSS JOIN LATERAL (
    SELECT * FROM jobs
    WHERE job_type = wanted.job_type AND created_at >= :from_time AND created_at < :to_time AND created_at <= :before_time
      AND (created_at, id) < (:before_time, :before_id)
      AND status = ANY (:statuses::text[])
      AND (cardinality(:lanes::text[]) = 0 OR lane = ANY (:lanes))
      AND (cardinality(:models::text[]) = 0 OR model = ANY (:models))
    ORDER BY created_at DESC, id DESC
    LIMIT :count
) j JOIN users u ON u.id = j.user_id LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: list_jobs_of_user(user_id, statuses, job_types, lanes, models, from_time, to_time, before_time, before_id, count)
-- The same for one account; what its owner deleted lies in an index of its own.
WITH found AS (
    (SELECT * FROM jobs
     WHERE user_id = :user_id AND deleted_at IS NULL AND created_at >= :from_time AND created_at < :to_time
       AND (created_at, id) < (:before_time, :before_id)
       AND status = ANY (:statuses::text[])
       AND (cardinality(:job_types::text[]) = 0 OR job_type = ANY (:job_types))
       AND (cardinality(:lanes::text[]) = 0 OR lane = ANY (:lanes))
       AND (cardinality(:models::text[]) = 0 OR model = ANY (:models))
     ORDER BY created_at DESC, id DESC LIMIT :count)
    UNION ALL
    (SELECT * FROM jobs
     WHERE user_id = :user_id AND deleted_at IS NOT NULL AND created_at >= :from_time AND created_at < :to_time
       AND (created_at, id) < (:before_time, :before_id)
       AND status = ANY (:statuses::text[])
       AND (cardinality(:job_types::text[]) = 0 OR job_type = ANY (:job_types))
       AND (cardinality(:lanes::text[]) = 0 OR lane = ANY (:lanes))
       AND (cardinality(:models::text[]) = 0 OR model = ANY (:models))
     ORDER BY created_at DESC, id DESC LIMIT :count)
)
SELECT j.*, u.email, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM found j JOIN users u ON u.id = j.user_id LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: list_reviews(verdicts, before_time, before_id, count)
-- A page of the completed jobs that somebody should look at, newest first.
SELECT j.*, u.email
FROM unnest(:verdicts::text[]) AS wanted (moderation_status)
CROSS JOIN LATERAL (
    SELECT * FROM jobs
    WHERE status = 'completed' AND moderation_status IN ('pending', 'flagged')
      AND moderation_status = wanted.moderation_status AND deleted_at IS NULL
      AND (created_at, id) < (:before_time, :before_id)
    ORDER BY created_at DESC, id DESC
    LIMIT :count
) j JOIN users u ON u.id = j.user_id
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: get_job(job_id)^
-- A job of anybody, deleted or not.
SELECT j.*, u.email, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j JOIN users u ON u.id = j.user_id LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.id = :job_id;

-- name: review_job(job_id, verdict, reviewer_id, notes)!
-- Write down what somebody decided about a job's output.
UPDATE jobs
SET moderation_status = :verdict, reviewed_at = now(), reviewed_by = :reviewer_id, review_notes = :notes, updated_at = now()
WHERE id = :job_id;

-- name: reopen_job(job_id, verdict)!
-- Take back what somebody decided about a job's output.
UPDATE jobs SET moderation_status = :verdict, reviewed_at = NULL, reviewed_by = NULL, review_notes = NULL
WHERE id = :job_id;

-- name: list_reports(job_ids, count)
-- What was reported of the outputs of jobs behind links, of each the latest, newest first.
SELECT r.job_id, r.report, r.created_at
FROM unnest(:job_ids::uuid[]) AS wanted (job_id)
CROSS JOIN LATERAL (
    SELECT * FROM share_reports WHERE job_id = wanted.job_id ORDER BY id DESC LIMIT :count
) r
ORDER BY r.job_id, r.id DESC;

-- name: list_attempts(job_id, characters)
-- The attempts of a job, first to last, with the names of their workers and the ends of their logs.
SELECT a.number, a.worker_id, w.name AS worker_name, a.started_at, a.finished_at, a.outcome, a.error_code,
    a.error_message, a.external_job_id, right(a.log, :characters) AS log_tail
FROM attempts a LEFT JOIN workers w ON w.id = a.worker_id
WHERE a.job_id = :job_id
ORDER BY a.number;

-- name: list_entries(job_id)
-- What a job did to its owner's balance, oldest first: a hold does not name its job, but the job and its ending name it.
SELECT * FROM ledger
WHERE id IN (
    SELECT hold_id FROM jobs WHERE id = :job_id
    UNION SELECT hold_id FROM ledger WHERE job_id = :job_id
    UNION SELECT id FROM ledger WHERE job_id = :job_id)
ORDER BY id;
