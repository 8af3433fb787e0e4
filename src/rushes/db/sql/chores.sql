-- name: take_chore(name, interval)$
-- Note that a chore is being done now; nothing if it was done within the interval.
INSERT INTO chores AS c (name, done_at) VALUES (:name, now())
ON CONFLICT (name) DO UPDATE SET done_at = excluded.done_at
WHERE c.done_at <= now() - :interval::interval
RETURNING c.name;
