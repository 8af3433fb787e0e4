-- name: insert_video(id, user_id, job_id, asset_id, thumbnail_asset_id, preview_asset_id, prompt, orientation, model_used, duration_seconds, metadata)!
-- Enter the video that a job made into its owner's library.
INSERT INTO videos (id, user_id, job_id, asset_id, thumbnail_asset_id, preview_asset_id, prompt, orientation,
                    model_used, duration_seconds, metadata)
VALUES (:id, :user_id, :job_id, :asset_id, :thumbnail_asset_id, :preview_asset_id, :prompt, :orientation,
        :model_used, :duration_seconds, :metadata);
