-- name: find_child_in_need(job_id)$
-- A job that waits for this one, or runs on what it made.
SELECT id FROM jobs
WHERE parent_job_id = :job_id AND status IN ('pending', 'validating', 'queued', 'processing') AND deleted_at IS NULL
ORDER BY id
LIMIT 1;

-- name: hide_job(job_id)!
-- Hide a job from its owner; every query of his jobs and of his library asks for jobs that are not hidden.
UPDATE jobs SET deleted_at = now(), updated_at = now() WHERE id = :job_id;

-- name: delete_files(job_id, user_id)$
-- Say that the files of a hidden job are gone, but for those that a visible job made or names.
WITH of_job AS (
    SELECT id FROM assets WHERE job_id = :job_id
    UNION
    SELECT asset_id FROM job_inputs WHERE job_id = :job_id
), deleted AS (
    UPDATE assets a SET status = 'deleted', deleted_at = now(), lease = NULL, lease_until = NULL
    FROM of_job
    WHERE a.id = of_job.id AND a.user_id = :user_id AND a.status <> 'deleted'
      AND NOT EXISTS (SELECT FROM jobs maker WHERE maker.id = a.job_id AND maker.deleted_at IS NULL)
      AND NOT EXISTS (SELECT FROM job_inputs i JOIN jobs j ON j.id = i.job_id
                      WHERE i.asset_id = a.id AND j.deleted_at IS NULL)
    RETURNING a.id
)
SELECT count(*) FROM deleted;
