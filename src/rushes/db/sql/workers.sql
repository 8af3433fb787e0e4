-- name: insert_worker(id, name, host, pid, lanes, engines, slots, version)!
-- Announce a worker.
INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version)
VALUES (:id, :name, :host, :pid, :lanes, :engines, :slots, :version);

-- name: beat(worker_id)!
-- Say that a worker is alive; one that was taken for gone, as after an outage of the database, is back.
UPDATE workers SET heartbeat_at = now(), state = CASE state WHEN 'gone' THEN 'running' ELSE state END
WHERE id = :worker_id;

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
