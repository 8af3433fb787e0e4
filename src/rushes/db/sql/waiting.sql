-- name: explain_waiting(job_ids, silence)
-- Why each of some jobs waits, and for how long; row-level security lets a viewer ask about his own.
WITH waiting AS MATERIALIZED (
    -- Not those that are validating: they wait for a check of their files, as their status says, not for their turn.
    SELECT j.id, j.user_id, j.status, j.awaits_parent, j.lane, m.engine,
        CASE WHEN j.parked AND j.run_at > now() THEN extract(epoch FROM j.run_at - now()) END AS retry_seconds
    FROM jobs j JOIN models m ON m.slug = j.model
    WHERE j.id = ANY (:job_ids::uuid[]) AND j.status IN ('pending', 'queued')
), taken AS (
    SELECT owner.user_id, under_way.slots
    FROM (SELECT DISTINCT user_id FROM waiting WHERE status = 'pending') owner
    CROSS JOIN LATERAL (
        SELECT count(*) AS slots FROM jobs
        WHERE user_id = owner.user_id AND status IN ('validating', 'queued', 'processing')
    ) under_way
), live AS (
    SELECT asked.lane, asked.engine, sum(w.slots) AS slots
    FROM (SELECT DISTINCT lane, engine FROM waiting WHERE status = 'queued') asked
    JOIN workers w ON asked.lane = ANY (w.lanes) AND asked.engine = ANY (w.engines)
    WHERE w.state = 'running' AND w.heartbeat_at > now() - :silence::interval
    GROUP BY asked.lane, asked.engine
), usual AS (
    SELECT m.lane, sum(s.samples * s.job_seconds) / sum(s.samples) AS seconds
    FROM speeds s JOIN models m ON m.slug = s.model
    GROUP BY m.lane
)
SELECT w.id, positions.jobs_before, w.retry_seconds, coalesce(taken.slots, 0) AS slots_taken,
    CASE WHEN w.awaits_parent THEN 'parent'
         WHEN w.status = 'pending' THEN 'your_limit'
         WHEN l.paused_at IS NOT NULL THEN 'lane_paused'
         WHEN live.slots IS NULL THEN 'no_worker'
         WHEN w.retry_seconds IS NOT NULL THEN 'backoff'
         ELSE 'position' END AS why,
    -- What runs now is half done, on average.
    CASE WHEN l.paused_at IS NULL AND live.slots IS NOT NULL
         THEN (positions.jobs_before + 0.5) * usual.seconds / least(live.slots, l.cap) END AS wait_seconds
FROM waiting w
JOIN lanes l ON l.name = w.lane
LEFT JOIN queue_positions(ARRAY(SELECT id FROM waiting WHERE status = 'queued')) positions ON positions.job_id = w.id
LEFT JOIN taken ON taken.user_id = w.user_id
LEFT JOIN live ON live.lane = w.lane AND live.engine = w.engine
LEFT JOIN usual ON usual.lane = w.lane;

-- name: clear_marks()!
-- Forget who stood where.
DELETE FROM queue_marks;

-- name: write_marks()!
-- In each long lane, note who stands at every hundredth place, or at every thousandth part of the lane.
WITH long_lanes AS (
    SELECT lane, greatest(100, count(*) / 1000) AS step FROM jobs
    WHERE status = 'queued' AND NOT parked
    GROUP BY lane
    HAVING count(*) > 100
), numbered AS (
    SELECT j.lane, j.place, j.fair_rank, j.id, long_lanes.step,
        row_number() OVER (PARTITION BY j.lane ORDER BY j.place, j.fair_rank, j.id) - 1 AS number
    FROM long_lanes JOIN jobs j ON j.lane = long_lanes.lane
    WHERE j.status = 'queued' AND NOT j.parked
)
INSERT INTO queue_marks (lane, number, place, fair_rank, job_id)
SELECT lane, number, place, fair_rank, id FROM numbered WHERE number > 0 AND number % step = 0
ON CONFLICT (lane, place, fair_rank, job_id) DO UPDATE SET number = excluded.number;

-- name: count_marked()$
-- How many jobs stand in long lanes, as of when the marks were written.
SELECT coalesce(sum(depth), 0)::bigint FROM (SELECT max(number) AS depth FROM queue_marks GROUP BY lane) long_lanes;

-- name: age_jobs(interval)
-- In each lane that is not paused, move the first job of each model and place that has waited for the interval up to
-- the next better place. Of each model: those of one that nobody runs must not keep the others down.
WITH firsts AS (
    SELECT first.id
    FROM models m JOIN lanes l ON l.name = m.lane AND l.paused_at IS NULL
    CROSS JOIN generate_series(2, 10) AS step (place)
    CROSS JOIN LATERAL (
        -- Who stands behind a thousand that came later than he would has a turn when those have waited as long.
        SELECT id, fair_rank FROM (
            SELECT id, fair_rank, queued_at, aged_at FROM jobs
            WHERE lane = m.lane AND model = m.slug AND status = 'queued' AND NOT parked AND place = step.place
            ORDER BY fair_rank, id
            LIMIT 1000) near
        WHERE greatest(queued_at, aged_at) <= now() - :interval::interval
        ORDER BY fair_rank, id
        LIMIT 1
    ) first
), free AS (
    -- One that is being claimed right now needs no help.
    SELECT id FROM jobs WHERE id IN (SELECT id FROM firsts) AND status = 'queued' FOR NO KEY UPDATE SKIP LOCKED
)
-- Each place has a clock of its own: whoever comes up is next there.
UPDATE jobs j SET place = j.place - 1, aged_at = now(), fair_rank = clock.virtual_time
FROM free JOIN jobs old ON old.id = free.id
JOIN lane_clocks clock ON clock.lane = old.lane AND clock.place = old.place - 1
WHERE j.id = free.id
RETURNING j.id;
