-- name: list_films_before(user_id, time, id, count)
-- A page of the viewer's jobs that make no picture, newest first.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.user_id = :user_id AND j.deleted_at IS NULL AND j.job_type <> 'image' AND j.image_id IS NULL
  AND (j.created_at, j.id) < (:time, :id)
ORDER BY j.created_at DESC, j.id DESC
LIMIT :count;

-- name: list_films_after(user_id, time, id, count)
-- The same, oldest first.
SELECT j.*, p.progress AS live_progress, p.progress_text AS live_text, p.eta_seconds
FROM jobs j LEFT JOIN job_progress p ON p.job_id = j.id AND p.lease = j.lease
WHERE j.user_id = :user_id AND j.deleted_at IS NULL AND j.job_type <> 'image' AND j.image_id IS NULL
  AND (j.created_at, j.id) > (:time, :id)
ORDER BY j.created_at, j.id
LIMIT :count;

-- name: get_created(job_id, user_id)^
-- When a job of the viewer was created, be it deleted or not: a page goes on after it all the same.
SELECT created_at FROM jobs WHERE id = :job_id AND user_id = :user_id;

-- name: list_model_dates()
-- Since when each model is there that can be asked for.
SELECT slug, created_at FROM models WHERE enabled ORDER BY slug;

-- name: find_sent(user_id, fingerprint, age, among)^
-- The jobs that the newest of the viewer's requests with the same words has made, if it came within the age.
SELECT job_ids FROM idempotency
WHERE user_id = :user_id AND fingerprint = :fingerprint AND key LIKE :among
  AND created_at > clock_timestamp() - :age::interval
ORDER BY created_at DESC
LIMIT 1;
