-- name: measure_jobs(user_id, since)
-- What became of the viewer's jobs submitted since a time: of each type, and of all, whose type is null. An average and
-- a median are of the completed ones.
SELECT job_type, count(*) AS submitted,
    count(*) FILTER (WHERE status = 'completed') AS completed,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
    coalesce(sum(credits_charged), 0)::bigint AS credits_charged,
    avg(extract(epoch FROM completed_at - created_at)::double precision)
        FILTER (WHERE status = 'completed') AS average_seconds,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY processing_seconds)
        FILTER (WHERE status = 'completed') AS run_median_seconds
FROM jobs
WHERE user_id = :user_id AND created_at > :since AND deleted_at IS NULL
GROUP BY GROUPING SETS ((job_type), ())
ORDER BY job_type NULLS LAST;
