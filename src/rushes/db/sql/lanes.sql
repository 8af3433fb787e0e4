-- name: list_lanes(name, silence)
-- All lanes, or one, with what waits, runs and serves; a rest that is over is none, for the next claim ends it.
SELECT l.name, l.paused_at, l.cap, live.workers, live.slots,
    (SELECT count(*) FROM jobs WHERE lane = l.name AND status = 'queued' AND NOT parked)
        + (SELECT count(*) FROM jobs WHERE lane = l.name AND status = 'queued' AND parked AND run_at <= now())
        AS queued,
    (SELECT count(*) FROM jobs WHERE lane = l.name AND status = 'queued' AND parked AND run_at > now())
        AS backing_off,
    (SELECT count(*) FROM jobs WHERE lane = l.name AND status = 'processing') AS processing
FROM lanes l
CROSS JOIN LATERAL (
    SELECT count(*) AS workers, coalesce(sum(slots), 0) AS slots FROM workers
    WHERE state = 'running' AND heartbeat_at > now() - :silence::interval AND l.name = ANY (lanes)
) live
WHERE :name::text IS NULL OR l.name = :name
ORDER BY l.name;

-- name: list_models(slug)
-- All models, or one, offered or not, with what waits and runs of each.
SELECT m.slug, m.title, m.lane, m.enabled, m.cap,
    (SELECT count(*) FROM jobs WHERE lane = m.lane AND model = m.slug AND status = 'queued' AND NOT parked)
        + (SELECT count(*) FROM jobs
           WHERE lane = m.lane AND model = m.slug AND status = 'queued' AND parked AND run_at <= now())
        AS queued,
    (SELECT count(*) FROM jobs
     WHERE lane = m.lane AND model = m.slug AND status = 'queued' AND parked AND run_at > now()) AS backing_off,
    (SELECT count(*) FROM jobs WHERE lane = m.lane AND model = m.slug AND status = 'processing') AS processing
FROM models m
WHERE :slug::text IS NULL OR m.slug = :slug
ORDER BY m.lane, m.slug;

-- name: pause_lane(name)!
-- Have claims leave a lane alone; one that is paused stays paused since when it was.
UPDATE lanes SET paused_at = now() WHERE name = :name AND paused_at IS NULL;

-- name: resume_lane(name)!
-- Have claims take from a lane again.
UPDATE lanes SET paused_at = NULL WHERE name = :name;

-- name: set_lane_cap(name, cap)!
-- Limit how many jobs of a lane run at once; without a number, do not.
UPDATE lanes SET cap = :cap WHERE name = :name;

-- name: set_model_cap(slug, cap)!
-- Limit how many jobs of a model run at once; without a number, do not.
UPDATE models SET cap = :cap, updated_at = now() WHERE slug = :slug;

-- name: wake_workers(lane)$
-- Wake the workers of a lane when this transaction commits.
SELECT pg_notify('rushes_lanes', :lane);

-- name: lock_lane(name)^
-- Take a lane's row until the transaction ends.
SELECT paused_at, cap FROM lanes WHERE name = :name FOR NO KEY UPDATE;

-- name: lock_model(slug)^
-- Take a model's row until the transaction ends.
SELECT cap FROM models WHERE slug = :slug FOR NO KEY UPDATE;
