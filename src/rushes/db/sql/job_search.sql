-- name: plan_anew()$
-- Plan each statement of this transaction for its own arguments: a plan for whatever conditions reads all the viewer has.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: find_jobs(user_id, job_type, model, project_id, group_id, session_id, parent_id, pattern, starred, since, before_time, before_id, count)
-- A page of the viewer's jobs that meet conditions, newest first; what is null is no condition. A text is looked for
-- in the prompts and file names of all that the viewer has: row-level security keeps such a search from an index.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM (
    SELECT * FROM jobs
    WHERE user_id = :user_id AND deleted_at IS NULL
      AND created_at >= :since AND (created_at, id) < (:before_time, :before_id)
      AND (:job_type::text IS NULL OR job_type = :job_type)
      AND (:model::text IS NULL OR model = :model)
      AND (:project_id::uuid IS NULL OR project_id = :project_id)
      AND (:group_id::uuid IS NULL OR group_id = :group_id)
      AND (:session_id::uuid IS NULL OR workspace_session_id = :session_id)
      AND (:parent_id::uuid IS NULL OR parent_job_id = :parent_id)
      AND (:starred::boolean IS NULL OR starred = :starred)
      AND (:pattern::text IS NULL OR prompt ILIKE :pattern OR EXISTS (
            SELECT FROM job_inputs i JOIN assets a ON a.id = i.asset_id
            WHERE i.job_id = jobs.id AND a.user_id = :user_id AND a.file_name ILIKE :pattern))
    ORDER BY created_at DESC, id DESC
    LIMIT :count
) j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at DESC, j.id DESC;

-- name: find_jobs_by_status(user_id, statuses, job_type, model, project_id, group_id, session_id, parent_id, pattern, starred, since, before_time, before_id, count)
-- The same of jobs in some states; a page of each state, so that an index has the order.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM unnest(:statuses::text[]) AS wanted (status)
CROSS JOIN LATERAL (
    SELECT * FROM jobs
    WHERE user_id = :user_id AND deleted_at IS NULL AND status = wanted.status
      AND created_at >= :since AND (created_at, id) < (:before_time, :before_id)
      AND (:job_type::text IS NULL OR job_type = :job_type)
      AND (:model::text IS NULL OR model = :model)
      AND (:project_id::uuid IS NULL OR project_id = :project_id)
      AND (:group_id::uuid IS NULL OR group_id = :group_id)
      AND (:session_id::uuid IS NULL OR workspace_session_id = :session_id)
      AND (:parent_id::uuid IS NULL OR parent_job_id = :parent_id)
      AND (:starred::boolean IS NULL OR starred = :starred)
      AND (:pattern::text IS NULL OR prompt ILIKE :pattern OR EXISTS (
            SELECT FROM job_inputs i JOIN assets a ON a.id = i.asset_id
            WHERE i.job_id = jobs.id AND a.user_id = :user_id AND a.file_name ILIKE :pattern))
    ORDER BY created_at DESC, id DESC
    LIMIT :count
) j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: find_newer_jobs(user_id, statuses, job_type, model, project_id, group_id, session_id, parent_id, pattern, starred, since, before_time, after_time, after_id, count)
-- The page of the viewer's jobs that leads to one that is older, oldest first; no statuses means all.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM (
    SELECT * FROM jobs
    WHERE user_id = :user_id AND deleted_at IS NULL
      AND created_at >= :since AND created_at < :before_time AND (created_at, id) > (:after_time, :after_id)
      AND (cardinality(:statuses::text[]) = 0 OR status = ANY (:statuses))
      AND (:job_type::text IS NULL OR job_type = :job_type)
      AND (:model::text IS NULL OR model = :model)
      AND (:project_id::uuid IS NULL OR project_id = :project_id)
      AND (:group_id::uuid IS NULL OR group_id = :group_id)
      AND (:session_id::uuid IS NULL OR workspace_session_id = :session_id)
      AND (:parent_id::uuid IS NULL OR parent_job_id = :parent_id)
      AND (:starred::boolean IS NULL OR starred = :starred)
      AND (:pattern::text IS NULL OR prompt ILIKE :pattern OR EXISTS (
            SELECT FROM job_inputs i JOIN assets a ON a.id = i.asset_id
            WHERE i.job_id = jobs.id AND a.user_id = :user_id AND a.file_name ILIKE :pattern))
    ORDER BY created_at, id
    LIMIT :count
) j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
ORDER BY j.created_at, j.id;

-- name: count_jobs(user_id, job_type, model, project_id, group_id, session_id, parent_id, pattern, starred, since, before_time, before_id)
-- How many of the viewer's jobs that meet conditions are in each state; what is null is no condition.
SELECT status, count(*) AS jobs FROM jobs
WHERE user_id = :user_id AND deleted_at IS NULL
  AND created_at >= :since AND (created_at, id) < (:before_time, :before_id)
  AND (:job_type::text IS NULL OR job_type = :job_type)
  AND (:model::text IS NULL OR model = :model)
  AND (:project_id::uuid IS NULL OR project_id = :project_id)
  AND (:group_id::uuid IS NULL OR group_id = :group_id)
  AND (:session_id::uuid IS NULL OR workspace_session_id = :session_id)
  AND (:parent_id::uuid IS NULL OR parent_job_id = :parent_id)
  AND (:starred::boolean IS NULL OR starred = :starred)
  AND (:pattern::text IS NULL OR prompt ILIKE :pattern OR EXISTS (
        SELECT FROM job_inputs i JOIN assets a ON a.id = i.asset_id
        WHERE i.job_id = jobs.id AND a.user_id = :user_id AND a.file_name ILIKE :pattern))
GROUP BY status;
