-- name: count_active()
-- The jobs that can still change, of all accounts, by lane, state and type.
SELECT * FROM count_active_jobs();

-- name: count_ended(since, until, bounds)
-- The jobs that ended within a time, of all accounts, and how long they waited and ran, in buckets.
SELECT * FROM count_ended_jobs(:since, :until, :bounds);

-- name: count_unsuccessful(since, until)
-- The attempts that ended within a time otherwise than by success.
SELECT * FROM count_unsuccessful_attempts(:since, :until);

-- name: count_deliveries(since)
-- The webhook deliveries that wait, and those made since a time by how they ended.
SELECT * FROM count_deliveries(:since);

-- name: count_workers(silence)
-- The live workers and their slots, by state.
SELECT state, count(*) AS workers, sum(slots)::bigint AS slots FROM workers
WHERE state <> 'gone' AND heartbeat_at > now() - :silence::interval
GROUP BY state;

-- name: get_time()$
-- The database's clock.
SELECT now();
