-- name: insert_upload(id, user_id, role, bucket, key, media_type, file_name)!
-- Note a file whose bytes are about to arrive.
INSERT INTO assets (id, user_id, role, bucket, key, media_type, file_name, status)
VALUES (:id, :user_id, :role, :bucket, :key, :media_type, :file_name, 'uploading');

-- name: sum_stored(user_id)$
-- How many bytes the viewer's files have, those that jobs made among them; the index alone is read.
SELECT coalesce(sum(bytes), 0)::bigint FROM assets WHERE user_id = :user_id AND status NOT IN ('rejected', 'deleted');

-- name: finish_upload(asset_id, bytes, sha256)^
-- Say that a file's bytes are stored; it waits to be checked.
UPDATE assets SET status = 'checking', bytes = :bytes, sha256 = :sha256
WHERE id = :asset_id AND status = 'uploading'
RETURNING *;

-- name: announce_upload(asset_id, bytes, lifetime)^
-- Note that the owner of a file sends it to the store himself, and until when.
UPDATE assets SET bytes = :bytes, upload_until = now() + :lifetime::interval
WHERE id = :asset_id AND status = 'uploading'
RETURNING *;

-- name: finish_direct_upload(asset_id, user_id, key, media_type)^
-- Say that a file lies in the store under its lasting name; it waits to be checked.
UPDATE assets SET status = 'checking', key = :key, media_type = :media_type
WHERE id = :asset_id AND user_id = :user_id AND status = 'uploading' AND upload_until IS NOT NULL
RETURNING *;

-- name: drop_upload(asset_id)!
-- Forget a file whose bytes did not arrive.
DELETE FROM assets WHERE id = :asset_id AND status = 'uploading';

-- name: insert_outputs(rows)!
-- Note files that jobs made.
INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, bytes, sha256, width, height,
                    duration_seconds, fps, frames, codec, thumbhash, status)
SELECT id, user_id, job_id, role, 'outputs', key, media_type, bytes, sha256, width, height, duration_seconds, fps,
    frames, codec, thumbhash, 'ready'
FROM jsonb_to_recordset(:rows) AS made (
    id uuid, user_id uuid, job_id uuid, role text, key text, media_type text, bytes bigint, sha256 text,
    width integer, height integer, duration_seconds double precision, fps double precision, frames integer,
    codec text, thumbhash text);

-- name: get_asset(asset_id, user_id)^
-- One file of the viewer.
SELECT * FROM assets WHERE id = :asset_id AND user_id = :user_id AND status <> 'deleted';

-- name: list_assets_among(asset_ids, user_id)
-- Those of some files that are the viewer's.
SELECT * FROM assets WHERE id = ANY (:asset_ids::uuid[]) AND user_id = :user_id AND status <> 'deleted';

-- name: list_fitting(user_id, role, media_types, before_time, before_id, count)
-- A page of the viewer's ready files that fit a role, newest first: what he sent for it, and what jobs made.
SELECT * FROM assets
WHERE user_id = :user_id AND status = 'ready' AND role IN (:role, 'output')
  AND media_type = ANY (:media_types::text[]) AND (created_at, id) < (:before_time, :before_id)
ORDER BY created_at DESC, id DESC
LIMIT :count;

-- name: list_inputs(job_ids)
-- The input files of some jobs, each with its role there; what the parent made is one of them.
SELECT i.job_id AS of_job, i.role AS role_there, a.* FROM job_inputs i JOIN assets a ON a.id = i.asset_id
WHERE i.job_id = ANY (:job_ids::uuid[])
UNION ALL
SELECT j.id AS of_job, a.role AS role_there, a.* FROM jobs j JOIN assets a ON a.job_id = j.parent_job_id
WHERE j.id = ANY (:job_ids::uuid[]) AND a.user_id = j.user_id AND a.role = 'output' AND a.status = 'ready';

-- name: list_job_assets(job_ids)
-- The input and output files of some jobs, each with the job it belongs to and its role there.
SELECT i.job_id AS of_job, i.role AS role_there, a.* FROM job_inputs i JOIN assets a ON a.id = i.asset_id
WHERE i.job_id = ANY (:job_ids::uuid[])
UNION ALL
SELECT a.job_id AS of_job, a.role AS role_there, a.* FROM assets a WHERE a.job_id = ANY (:job_ids::uuid[]) AND a.status = 'ready';

-- name: is_asset_used(asset_id)$
-- Tell whether a file is an input of any job, or was made by one.
SELECT EXISTS (SELECT FROM job_inputs WHERE asset_id = :asset_id)
    OR EXISTS (SELECT FROM assets WHERE id = :asset_id AND job_id IS NOT NULL);

-- name: delete_asset(asset_id, user_id)^
-- Say that one file of the viewer is gone; its row stays.
UPDATE assets SET status = 'deleted', deleted_at = now(), lease = NULL, lease_until = NULL
WHERE id = :asset_id AND user_id = :user_id
  AND (status IN ('checking', 'ready', 'rejected') OR (status = 'uploading' AND upload_until IS NOT NULL))
RETURNING *;

-- name: claim_checks(count, lease_time)
-- Take the next files to be checked; a check whose time ran out is taken again.
UPDATE assets SET lease = gen_random_uuid(), lease_until = now() + :lease_time, checks = checks + 1
WHERE id IN (
    SELECT id FROM assets
    WHERE status = 'checking' AND (lease_until IS NULL OR lease_until < now())
    ORDER BY created_at
    LIMIT :count
    FOR NO KEY UPDATE SKIP LOCKED)
RETURNING *;

-- name: release_check(asset_id, lease)!
-- Leave a file to be checked by another, as if it had not been taken.
UPDATE assets SET lease = NULL, lease_until = NULL, checks = checks - 1
WHERE id = :asset_id AND lease = :lease AND status = 'checking';

-- name: accept_asset(asset_id, lease, sha256, width, height, duration_seconds, fps, frames, codec, thumbhash, poster_key)^
-- Keep what was measured on a file, and where its still lies; it is ready to be used. What cannot be seen has no size.
UPDATE assets
SET status = 'ready', sha256 = coalesce(sha256, :sha256), width = nullif(:width, 0), height = nullif(:height, 0), duration_seconds = :duration_seconds, fps = :fps,
    frames = :frames, codec = :codec, thumbhash = :thumbhash, poster_key = :poster_key, lease = NULL, lease_until = NULL
WHERE id = :asset_id AND lease = :lease AND status = 'checking'
RETURNING *;

-- name: reject_asset(asset_id, lease, error_code, error_message)^
-- Say why a file cannot be used.
UPDATE assets
SET status = 'rejected', error_code = :error_code, error_message = :error_message, lease = NULL, lease_until = NULL
WHERE id = :asset_id AND lease = :lease AND status = 'checking'
RETURNING *;
