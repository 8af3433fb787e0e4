-- name: insert_worker(id, name, host, pid, lanes, engines, slots, version)!
-- Announce a worker.
INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version)
VALUES (:id, :name, :host, :pid, :lanes, :engines, :slots, :version);

-- name: beat(worker_id)$
-- Say that a worker is alive, and hear whether it should drain; one that was taken for gone, as after an outage of the
-- database, is back.
UPDATE workers
SET heartbeat_at = now(),
    state = CASE WHEN state <> 'gone' THEN state WHEN drain_requested_at IS NULL THEN 'running' ELSE 'draining' END
WHERE id = :worker_id
RETURNING drain_requested_at IS NOT NULL;

-- name: set_state(worker_id, state)!
-- Say what a worker is doing.
UPDATE workers SET state = :state, heartbeat_at = now() WHERE id = :worker_id;

-- name: mark_gone(silence)!
-- Note the workers that have been silent for too long.
UPDATE workers SET state = 'gone' WHERE state <> 'gone' AND heartbeat_at < now() - :silence::interval;

-- name: list_unserved_lanes(silence)
-- The lanes of enabled models that no live worker serves.
SELECT DISTINCT m.lane FROM models m
WHERE m.enabled AND NOT EXISTS (
    SELECT FROM workers w
    WHERE w.state = 'running' AND w.heartbeat_at > now() - :silence::interval AND m.lane = ANY (w.lanes))
ORDER BY m.lane;

-- name: list_workers(worker_id, silence)
-- All workers that are not long forgotten, or one, with how many jobs each runs, the newest first.
SELECT w.id, w.name, w.host, w.pid, w.lanes, w.engines, w.slots, w.version, w.started_at, w.heartbeat_at,
    w.drain_requested_at,
    CASE WHEN w.heartbeat_at < now() - :silence::interval THEN 'gone' ELSE w.state END AS state,
    (SELECT count(*) FROM jobs WHERE worker_id = w.id AND worker_id IS NOT NULL AND status = 'processing') AS processing
FROM workers w
WHERE :worker_id::uuid IS NULL OR w.id = :worker_id
ORDER BY w.started_at DESC, w.id DESC
LIMIT 1000;

-- name: request_drain(worker_id)!
-- Have a worker take nothing more.
UPDATE workers
SET drain_requested_at = coalesce(drain_requested_at, now()),
    state = CASE state WHEN 'running' THEN 'draining' ELSE state END
WHERE id = :worker_id;

-- name: notify_drain(worker_id)$
-- Tell a worker so; its next heartbeat would tell it anyhow.
SELECT pg_notify('rushes_workers', (:worker_id::uuid)::text);
