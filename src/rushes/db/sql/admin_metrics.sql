-- name: count_arrivals(job_types, since)
-- How many jobs of each type were submitted since a time; the index alone is read.
SELECT wanted.job_type, (SELECT count(*) FROM jobs WHERE job_type = wanted.job_type AND created_at > :since) AS jobs
FROM unnest(:job_types::text[]) AS wanted (job_type);

-- name: count_endings(since)
-- How many jobs ended since a time, by type and how, and how many of these took more than one attempt.
SELECT job_type, status, count(*) AS jobs, count(*) FILTER (WHERE attempts > 1) AS retried
FROM jobs WHERE completed_at > :since
GROUP BY job_type, status;

-- name: measure_runs(since, count)
-- How long completed jobs ran, by type: the newest ones since a time.
SELECT job_type, count(*) AS samples, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY processing_seconds) AS seconds
FROM (SELECT job_type, status, processing_seconds FROM jobs WHERE completed_at > :since
      ORDER BY completed_at DESC LIMIT :count) newest
WHERE status = 'completed' AND processing_seconds IS NOT NULL
GROUP BY job_type
ORDER BY job_type;

-- name: measure_waits(since, count)
-- How long jobs waited in each lane for their first attempt: the newest ones that ended since a time.
SELECT lane, count(*) AS samples, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds) AS seconds
FROM (SELECT lane, CASE WHEN attempts = 1 THEN extract(epoch FROM started_at - queued_at)::double precision END AS seconds
      FROM jobs WHERE completed_at > :since
      ORDER BY completed_at DESC LIMIT :count) newest
WHERE seconds IS NOT NULL
GROUP BY lane
ORDER BY lane;

-- name: count_workers(silence)^
-- The live workers, their slots, and how many jobs run.
SELECT count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'draining') AS draining,
    coalesce(sum(slots), 0)::bigint AS slots,
    (SELECT count(*) FROM jobs WHERE status = 'processing') AS processing
FROM workers WHERE state <> 'gone' AND heartbeat_at > now() - :silence::interval;
