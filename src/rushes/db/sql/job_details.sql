-- name: list_attempts(job_id, user_id, characters)
-- The attempts at one job of the viewer, first to last, with the ends of their logs.
SELECT a.number, w.name AS worker, a.started_at, a.finished_at, a.outcome, a.error_code, a.error_message,
    a.external_job_id, right(a.log, :characters) AS log_tail
FROM jobs j JOIN attempts a ON a.job_id = j.id LEFT JOIN workers w ON w.id = a.worker_id
WHERE j.id = :job_id AND j.user_id = :user_id
ORDER BY a.number;

-- name: list_children(job_id, user_id)
-- The viewer's jobs that work on the output of one of them, oldest first.
SELECT id, job_type, model, status FROM jobs
WHERE parent_job_id = :job_id AND user_id = :user_id AND deleted_at IS NULL
ORDER BY id
LIMIT 1000;

-- name: list_receipt(job_id, user_id)
-- What one job of the viewer did to his balance, first to last. A hold is older than its job, which points to the last.
SELECT id, job_id, kind, amount, balance_after, reason, created_at FROM ledger
WHERE user_id = :user_id
  AND id IN (SELECT unnest(ARRAY[id, hold_id]) FROM ledger WHERE job_id = :job_id
             UNION ALL
             SELECT hold_id FROM jobs WHERE id = :job_id AND user_id = :user_id)
ORDER BY id;
