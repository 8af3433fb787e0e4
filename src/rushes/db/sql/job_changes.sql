-- name: write_choices(job_id, user_id, starred, rating, project_id, destination)!
-- What an owner thinks of one of his jobs, and where he keeps it.
UPDATE jobs
SET starred = :starred, rating = :rating, project_id = :project_id, destination = :destination, updated_at = now()
WHERE id = :job_id AND user_id = :user_id;

-- name: share_job(job_id, user_id)^
-- Give a job of the viewer a link, or the link that it had; one that is in force stays as it is.
INSERT INTO job_shares (job_id, user_id) VALUES (:job_id, :user_id)
ON CONFLICT (job_id) DO UPDATE
SET created_at = CASE WHEN job_shares.revoked_at IS NULL THEN job_shares.created_at ELSE now() END, revoked_at = NULL
RETURNING created_at;

-- name: find_link(job_id, user_id)$
-- Since when the link to a job of the viewer is in force.
SELECT created_at FROM job_shares WHERE job_id = :job_id AND user_id = :user_id AND revoked_at IS NULL;

-- name: revoke_share(job_id, user_id)$
-- Take the link to a job of the viewer back.
UPDATE job_shares SET revoked_at = now()
WHERE job_id = :job_id AND user_id = :user_id AND revoked_at IS NULL
RETURNING job_id;

-- name: find_share(short_id)
-- The files that a link leads to, and whether it was taken back; it asks for nobody's viewer.
SELECT is_revoked, role, bucket, key, media_type, bytes, width, height, duration_seconds, created_at
FROM find_share(:short_id);
