-- name: refresh_speeds(line_samples, length_ratio, least_pairs)!
-- Measure anew how long jobs take, by the newest 2,000 that completed; five alike are the least that tell anything.
WITH newest AS (
    SELECT model, job_type, coalesce(quality, '') AS quality, coalesce(options->>'resolution', '') AS resolution,
        video_id, image_id, processing_seconds, id, created_at
    FROM jobs
    WHERE status = 'completed'
    ORDER BY created_at DESC
    LIMIT 2000
), measured AS (
    -- What was deleted since, and what has no length, tells nothing.
    SELECT *, processing_seconds / output_seconds AS ratio,
        row_number() OVER (PARTITION BY model, job_type, quality, resolution ORDER BY created_at DESC, id DESC) AS turn
    FROM (
        SELECT n.*, CASE WHEN n.image_id IS NULL THEN nullif(v.duration_seconds, 0) ELSE 1 END AS output_seconds
        FROM newest n LEFT JOIN videos v ON v.id = n.video_id
    ) found
    WHERE output_seconds IS NOT NULL AND processing_seconds IS NOT NULL
), recent AS MATERIALIZED (
    SELECT * FROM measured WHERE turn <= :line_samples
), bases AS (
    -- Each pair of different lengths says what both have whatever their length; few outliers cannot move the median.
    SELECT model, job_type, quality, resolution,
        greatest(0, percentile_cont(0.5) WITHIN GROUP (
            ORDER BY (shorter.ratio - longer.ratio) / (1 / shorter.output_seconds - 1 / longer.output_seconds))) AS base
    FROM recent shorter JOIN recent longer USING (model, job_type, quality, resolution)
    WHERE longer.output_seconds >= :length_ratio::float8 * shorter.output_seconds
    GROUP BY model, job_type, quality, resolution
    HAVING count(*) >= :least_pairs
), lines AS (
    SELECT model, job_type, quality, resolution, coalesce(b.base, 0) AS base,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY r.ratio - coalesce(b.base, 0) / r.output_seconds) AS slope,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY r.processing_seconds) AS usual
    FROM recent r LEFT JOIN bases b USING (model, job_type, quality, resolution)
    GROUP BY model, job_type, quality, resolution, b.base
), totals AS (
    SELECT model, job_type, quality, resolution, count(*) AS samples,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY ratio) AS median,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY ratio) AS p90,
        avg(processing_seconds) AS job_seconds
    FROM measured
    GROUP BY model, job_type, quality, resolution
    HAVING count(*) >= 5
)
INSERT INTO speeds (model, job_type, quality, resolution, samples, median, p90, job_seconds, base_seconds, per_second)
SELECT model, job_type, quality, resolution, t.samples, t.median, t.p90, t.job_seconds,
    CASE WHEN l.slope < 0 THEN l.usual ELSE l.base END, greatest(0, l.slope)
FROM totals t JOIN lines l USING (model, job_type, quality, resolution)
ON CONFLICT (model, job_type, quality, resolution) DO UPDATE
SET samples = excluded.samples, median = excluded.median, p90 = excluded.p90, job_seconds = excluded.job_seconds,
    base_seconds = excluded.base_seconds, per_second = excluded.per_second, updated_at = now();

-- name: find_speed(model, job_type, quality, resolution)^
-- How long jobs of one kind took lately.
SELECT samples, median, p90, coalesce(base_seconds, 0) AS base_seconds, coalesce(per_second, median) AS per_second
FROM speeds
WHERE model = :model AND job_type = :job_type AND quality = :quality AND resolution = :resolution;
