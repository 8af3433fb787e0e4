-- name: take_chore(name, interval)$
-- Note that a chore is being done now; nothing if it was done within the interval.
WITH first AS (
    INSERT INTO chores (name, done_at) VALUES (:name, now()) ON CONFLICT DO NOTHING RETURNING name
), due AS (
    SELECT name FROM chores WHERE name = :name AND done_at <= now() - :interval::interval
    FOR NO KEY UPDATE SKIP LOCKED
), again AS (
    UPDATE chores c SET done_at = now() FROM due WHERE c.name = due.name RETURNING c.name
)
SELECT name FROM first UNION ALL SELECT name FROM again;
