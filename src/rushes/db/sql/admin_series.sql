-- name: count_moves(since, step)
-- How many more jobs came into the queue than left it in each step of time since a time: those that stood in it then
-- count as coming in the first. Of one that still waits, the time of its submission stands for that: an index has it.
WITH waits AS (
    SELECT queued_at AS came_at, coalesce(started_at, completed_at) AS left_at FROM jobs
    WHERE completed_at > :since AND queued_at IS NOT NULL
    UNION ALL
    SELECT queued_at, started_at FROM jobs WHERE status = 'processing'
    UNION ALL
    SELECT created_at, NULL FROM jobs WHERE status = 'queued'
), moves AS (
    SELECT greatest(came_at, :since) AS moved_at, 1 AS change FROM waits WHERE left_at IS NULL OR left_at > :since
    UNION ALL
    SELECT left_at, -1 FROM waits WHERE left_at > :since
)
SELECT floor(extract(epoch FROM moved_at - :since) / extract(epoch FROM :step::interval))::int AS number,
    sum(change)::int AS change
FROM moves
GROUP BY number;

-- name: count_endings(since, step)
-- How many jobs ended in each step of time since a time, by how; the index alone is read.
SELECT floor(extract(epoch FROM completed_at - :since) / extract(epoch FROM :step::interval))::int AS number, status,
    count(*) AS jobs
FROM jobs WHERE completed_at > :since
GROUP BY number, status;

-- name: measure_waits(since, last, step, count)
-- The time within which 95 of 100 jobs began that ended in each step of time, the last of which begins at `last`: of the
-- newest ones of each.
SELECT step.number, count(newest.seconds) AS samples,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY newest.seconds) AS seconds
FROM generate_series(:since::timestamptz, :last::timestamptz, :step::interval) WITH ORDINALITY AS step (start, number)
CROSS JOIN LATERAL (
    SELECT CASE WHEN attempts = 1 THEN extract(epoch FROM started_at - queued_at)::double precision END AS seconds
    FROM jobs WHERE completed_at > step.start AND completed_at <= step.start + :step::interval
    ORDER BY completed_at DESC LIMIT :count
) newest
GROUP BY step.number;

-- name: measure_runs(since, count)^
-- How long the median completed job ran, and of how many jobs this is: the newest ones since a time.
SELECT count(processing_seconds) AS samples, percentile_cont(0.5) WITHIN GROUP (ORDER BY processing_seconds) AS median
FROM (SELECT status, processing_seconds FROM jobs WHERE completed_at > :since
      ORDER BY completed_at DESC LIMIT :count) newest
WHERE status = 'completed';

-- name: count_reviews(count)^
-- How many outputs somebody should look at, counted up to a number, and when the first of these jobs was submitted.
SELECT
    (SELECT count(*) FROM (
        SELECT FROM jobs
        WHERE status = 'completed' AND moderation_status IN ('pending', 'flagged') AND deleted_at IS NULL
        LIMIT :count) found) AS jobs,
    (SELECT min(first.created_at)
     FROM unnest('{pending,flagged}'::text[]) AS wanted (moderation_status)
     CROSS JOIN LATERAL (
        SELECT created_at FROM jobs
        WHERE status = 'completed' AND moderation_status IN ('pending', 'flagged')
          AND moderation_status = wanted.moderation_status AND deleted_at IS NULL
        ORDER BY created_at, id
        LIMIT 1) first) AS since;
