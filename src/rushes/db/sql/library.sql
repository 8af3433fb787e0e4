-- name: insert_videos(rows)!
-- Enter the videos that jobs made into their owners' libraries.
INSERT INTO videos (id, user_id, job_id, asset_id, thumbnail_asset_id, preview_asset_id, prompt, orientation,
                    model_used, duration_seconds, metadata)
SELECT id, user_id, job_id, asset_id, thumbnail_asset_id, preview_asset_id, prompt, orientation, model_used,
    duration_seconds, metadata
FROM jsonb_to_recordset(:rows) AS made (
    id uuid, user_id uuid, job_id uuid, asset_id uuid, thumbnail_asset_id uuid, preview_asset_id uuid, prompt text,
    orientation text, model_used text, duration_seconds double precision, metadata jsonb);

-- name: insert_images(rows)!
-- Enter the pictures that jobs made into their owners' libraries.
INSERT INTO images (id, user_id, job_id, asset_id, thumbnail_asset_id, prompt, orientation, model_used, metadata)
SELECT id, user_id, job_id, asset_id, thumbnail_asset_id, prompt, orientation, model_used, metadata
FROM jsonb_to_recordset(:rows) AS made (
    id uuid, user_id uuid, job_id uuid, asset_id uuid, thumbnail_asset_id uuid, prompt text, orientation text,
    model_used text, metadata jsonb);

-- name: list_videos(user_id, destination, starred, project_id, model, pattern, before_time, before_id, count)
-- A page of the films in the viewer's library that meet conditions, newest first; what is null is no condition.
SELECT v.id, v.user_id, v.job_id, v.prompt, v.orientation, v.model_used, v.duration_seconds, v.status, v.metadata,
    v.created_at, greatest(v.updated_at, j.updated_at) AS updated_at, j.starred, j.rating, j.project_id, j.destination,
    j.short_id
FROM videos v JOIN jobs j ON j.id = v.job_id
WHERE v.user_id = :user_id AND j.user_id = :user_id AND j.deleted_at IS NULL
  AND (v.created_at, v.id) < (:before_time, :before_id)
  AND j.destination = :destination
  AND (:starred::boolean IS NULL OR j.starred = :starred)
  AND (:project_id::uuid IS NULL OR j.project_id = :project_id)
  AND (:model::text IS NULL OR v.model_used = :model)
  AND (:pattern::text IS NULL OR v.prompt ILIKE :pattern)
ORDER BY v.created_at DESC, v.id DESC
LIMIT :count;

-- name: get_video(id, user_id)^
-- One video of the viewer, wherever he keeps it.
SELECT v.id, v.user_id, v.job_id, v.prompt, v.orientation, v.model_used, v.duration_seconds, v.status, v.metadata,
    v.created_at, greatest(v.updated_at, j.updated_at) AS updated_at, j.starred, j.rating, j.project_id, j.destination,
    j.short_id
FROM videos v JOIN jobs j ON j.id = v.job_id
WHERE v.id = :id AND v.user_id = :user_id AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: list_images(user_id, destination, starred, project_id, model, pattern, before_time, before_id, count)
-- A page of the pictures in the viewer's library that meet conditions, newest first; what is null is no condition.
SELECT v.id, v.user_id, v.job_id, v.prompt, v.orientation, v.model_used, NULL::double precision AS duration_seconds, v.status, v.metadata,
    v.created_at, greatest(v.updated_at, j.updated_at) AS updated_at, j.starred, j.rating, j.project_id, j.destination,
    j.short_id
FROM images v JOIN jobs j ON j.id = v.job_id
WHERE v.user_id = :user_id AND j.user_id = :user_id AND j.deleted_at IS NULL
  AND (v.created_at, v.id) < (:before_time, :before_id)
  AND j.destination = :destination
  AND (:starred::boolean IS NULL OR j.starred = :starred)
  AND (:project_id::uuid IS NULL OR j.project_id = :project_id)
  AND (:model::text IS NULL OR v.model_used = :model)
  AND (:pattern::text IS NULL OR v.prompt ILIKE :pattern)
ORDER BY v.created_at DESC, v.id DESC
LIMIT :count;

-- name: get_image(id, user_id)^
-- One image of the viewer, wherever he keeps it.
SELECT v.id, v.user_id, v.job_id, v.prompt, v.orientation, v.model_used, NULL::double precision AS duration_seconds, v.status, v.metadata,
    v.created_at, greatest(v.updated_at, j.updated_at) AS updated_at, j.starred, j.rating, j.project_id, j.destination,
    j.short_id
FROM images v JOIN jobs j ON j.id = v.job_id
WHERE v.id = :id AND v.user_id = :user_id AND j.user_id = :user_id AND j.deleted_at IS NULL;

-- name: list_newer(user_id, kinds, destination, starred, project_id, model, pattern, after_time, after_id, count)
-- What comes next in the viewer's library before a place in its list, the nearest first: where a page of newer ones ends.
SELECT created_at, id FROM (
    (SELECT v.created_at, v.id FROM videos v JOIN jobs j ON j.id = v.job_id
     WHERE 'video' = ANY (:kinds::text[])
       AND v.user_id = :user_id AND j.user_id = :user_id AND j.deleted_at IS NULL
       AND (v.created_at, v.id) > (:after_time, :after_id)
       AND j.destination = :destination
       AND (:starred::boolean IS NULL OR j.starred = :starred)
       AND (:project_id::uuid IS NULL OR j.project_id = :project_id)
       AND (:model::text IS NULL OR v.model_used = :model)
       AND (:pattern::text IS NULL OR v.prompt ILIKE :pattern)
     ORDER BY v.created_at, v.id
     LIMIT :count)
    UNION ALL
    (SELECT v.created_at, v.id FROM images v JOIN jobs j ON j.id = v.job_id
     WHERE 'image' = ANY (:kinds::text[])
       AND v.user_id = :user_id AND j.user_id = :user_id AND j.deleted_at IS NULL
       AND (v.created_at, v.id) > (:after_time, :after_id)
       AND j.destination = :destination
       AND (:starred::boolean IS NULL OR j.starred = :starred)
       AND (:project_id::uuid IS NULL OR j.project_id = :project_id)
       AND (:model::text IS NULL OR v.model_used = :model)
       AND (:pattern::text IS NULL OR v.prompt ILIKE :pattern)
     ORDER BY v.created_at, v.id
     LIMIT :count)
) AS newer
ORDER BY created_at, id
LIMIT :count;

-- name: list_used_models(user_id)
-- The models that made something of what the viewer keeps, offered still or not.
SELECT m.slug, m.title FROM models m
WHERE m.slug IN (
    SELECT v.model_used FROM videos v WHERE v.user_id = :user_id
    UNION
    SELECT i.model_used FROM images i WHERE i.user_id = :user_id)
ORDER BY m.title, m.slug;
