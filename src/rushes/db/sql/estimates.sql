-- name: estimate_wait(user_id, lane, engine, priority, slots, silence)^
-- Why a job that the viewer submitted now would wait, and for how long.
WITH live AS (
    SELECT sum(w.slots) AS slots FROM workers w
    WHERE :lane = ANY (w.lanes) AND :engine = ANY (w.engines)
      AND w.state = 'running' AND w.heartbeat_at > now() - :silence::interval
), taken AS (
    SELECT count(*) AS slots FROM jobs
    WHERE user_id = :user_id AND status IN ('validating', 'queued', 'processing')
), usual AS (
    SELECT sum(s.samples * s.job_seconds) / sum(s.samples) AS seconds
    FROM speeds s JOIN models m ON m.slug = s.model
    WHERE m.lane = :lane
), ahead AS (
    SELECT count_ahead(:lane, :priority::smallint, greatest(clock.virtual_time, share.finish_tag)) AS jobs
    FROM lane_clocks clock
    LEFT JOIN shares share
        ON share.user_id = :user_id AND share.lane = clock.lane AND share.place = clock.place
    WHERE clock.lane = :lane AND clock.place = :priority
)
SELECT CASE WHEN taken.slots >= :slots THEN 'your_limit'
            WHEN l.paused_at IS NOT NULL THEN 'lane_paused'
            WHEN live.slots IS NULL THEN 'no_worker'
            ELSE 'position' END AS why,
    ahead.jobs AS jobs_before,
    -- What runs now is half done, on average.
    CASE WHEN taken.slots < :slots AND l.paused_at IS NULL
         THEN (ahead.jobs + 0.5) * usual.seconds / least(live.slots, l.cap) END AS wait_seconds
FROM lanes l, live, taken, usual, ahead
WHERE l.name = :lane;
