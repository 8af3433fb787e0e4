-- name: refresh_speeds()!
-- Measure anew how long jobs take, by the newest 2,000 that completed; five alike are the least that tell anything.
WITH newest AS (
    SELECT model, job_type, coalesce(quality, '') AS quality, coalesce(options->>'resolution', '') AS resolution,
        video_id, image_id, processing_seconds
    FROM jobs
    WHERE status = 'completed'
    ORDER BY created_at DESC
    LIMIT 2000
), measured AS (
    -- What was deleted since, and what has no length, tells nothing.
    SELECT n.*, CASE WHEN n.image_id IS NULL THEN nullif(v.duration_seconds, 0) ELSE 1 END AS output_seconds
    FROM newest n LEFT JOIN videos v ON v.id = n.video_id
)
INSERT INTO speeds (model, job_type, quality, resolution, samples, median, p90, job_seconds)
SELECT model, job_type, quality, resolution, count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY processing_seconds / output_seconds),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY processing_seconds / output_seconds),
    avg(processing_seconds)
FROM measured
WHERE output_seconds IS NOT NULL AND processing_seconds IS NOT NULL
GROUP BY model, job_type, quality, resolution
HAVING count(*) >= 5
ON CONFLICT (model, job_type, quality, resolution) DO UPDATE
SET samples = excluded.samples, median = excluded.median, p90 = excluded.p90, job_seconds = excluded.job_seconds,
    updated_at = now();

-- name: find_speed(model, job_type, quality, resolution)^
-- How long jobs of one kind took lately.
SELECT samples, median, p90 FROM speeds
WHERE model = :model AND job_type = :job_type AND quality = :quality AND resolution = :resolution;
