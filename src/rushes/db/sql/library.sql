-- name: insert_videos(rows)!
-- Enter the videos that jobs made into their owners' libraries.
INSERT INTO videos (id, user_id, job_id, asset_id, thumbnail_asset_id, preview_asset_id, prompt, orientation,
                    model_used, duration_seconds, metadata)
SELECT id, user_id, job_id, asset_id, thumbnail_asset_id, preview_asset_id, prompt, orientation, model_used,
    duration_seconds, metadata
FROM jsonb_to_recordset(:rows) AS made (
    id uuid, user_id uuid, job_id uuid, asset_id uuid, thumbnail_asset_id uuid, preview_asset_id uuid, prompt text,
    orientation text, model_used text, duration_seconds double precision, metadata jsonb);
