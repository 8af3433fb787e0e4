-- What nearly every request calls keeps its plan: before PostgreSQL 18 a function in SQL is planned at each call, which
-- takes as long as to run it. The plan goes by indexes, however little there was when it was made: the queue may be long
-- a second later.
SET LOCAL lock_timeout = '10s'; -- a busy table delays the migration, not the system

CREATE OR REPLACE FUNCTION enter_session(session_id uuid)
RETURNS TABLE(user_id uuid, role text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH used AS (
        -- Once a minute is exact enough for "last used", and spares a write per request.
        UPDATE sessions SET last_used_at = now()
        WHERE id IN (
            SELECT s.id FROM sessions s
            WHERE s.id = session_id AND s.revoked_at IS NULL AND s.expires_at > now()
              AND (s.last_used_at IS NULL OR s.last_used_at < now() - interval '1 minute')
            -- Another request that is under way notes it: nobody waits for that.
            FOR NO KEY UPDATE SKIP LOCKED)
    -- Materialized: else the planner may call set_config for accounts that the conditions then throw out.
    ), entered AS MATERIALIZED (
        SELECT u.id, u.role
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = session_id AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
    )
    SELECT id, entered.role FROM entered CROSS JOIN LATERAL set_config('rushes.viewer', id::text, true);
END
$$;

CREATE OR REPLACE FUNCTION enter_api_key(wanted_sha256 bytea)
RETURNS TABLE(user_id uuid, role text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH key AS (
        -- Once a minute is exact enough for "last used", and spares a write per request.
        UPDATE api_keys SET last_used_at = now()
        WHERE key_sha256 = wanted_sha256 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    ), entered AS MATERIALIZED (
        SELECT u.id, u.role
        FROM api_keys k JOIN users u ON u.id = k.user_id
        WHERE k.key_sha256 = wanted_sha256 AND k.revoked_at IS NULL
          AND (k.expires_at IS NULL OR k.expires_at > now()) AND u.disabled_at IS NULL
    )
    SELECT id, entered.role FROM entered CROSS JOIN LATERAL set_config('rushes.viewer', id::text, true);
END
$$;

CREATE OR REPLACE FUNCTION queue_positions(wanted uuid[])
RETURNS TABLE(job_id uuid, jobs_before integer) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT id, lane, place, fair_rank FROM jobs
        WHERE id = ANY (wanted) AND status = 'queued' AND (NOT parked OR run_at <= now())
          AND (user_id = viewer_id() OR current_setting('role') = 'rushes_worker')
    ), asked_lanes AS MATERIALIZED (
        SELECT DISTINCT lane FROM asked
    ), due AS MATERIALIZED (
        -- Parked still, but a claim begins by letting them go.
        SELECT lane, place, fair_rank, id FROM jobs
        WHERE lane IN (SELECT lane FROM asked_lanes) AND status = 'queued' AND parked AND run_at <= now()
        LIMIT 1000
    ), front AS MATERIALIZED (
        SELECT l.lane, first.*
        FROM asked_lanes l
        CROSS JOIN LATERAL (
            SELECT of_model.*, row_number() OVER (ORDER BY place, fair_rank, id) AS number
            FROM models m
            CROSS JOIN LATERAL (
                SELECT place, fair_rank, id FROM jobs
                WHERE lane = l.lane AND model = m.slug AND status = 'queued' AND NOT parked
                ORDER BY place, fair_rank, id
                LIMIT 300) of_model
            WHERE m.lane = l.lane
            ORDER BY number
            LIMIT 300
        ) first
    ), anchors AS MATERIALIZED (
        SELECT last.lane, mark.number - (
                SELECT count(*) FROM front f
                WHERE f.lane = last.lane AND (f.place, f.fair_rank, f.id) < (mark.place, mark.fair_rank, mark.job_id)
            ) AS left_since
        FROM front last
        CROSS JOIN LATERAL (
            SELECT * FROM queue_marks q
            WHERE q.lane = last.lane AND (q.place, q.fair_rank, q.job_id) <= (last.place, last.fair_rank, last.id)
            ORDER BY q.place DESC, q.fair_rank DESC, q.job_id DESC
            LIMIT 1
        ) mark
        WHERE last.number = 300
    )
    SELECT a.id, (CASE WHEN near.jobs < 300 THEN near.jobs
                       ELSE greatest(near.jobs, coalesce(mark.number - coalesce(anchor.left_since, 0), 0) + far.jobs) END
                  + (SELECT count(*) FROM due d
                     WHERE d.lane = a.lane AND (d.place, d.fair_rank, d.id) < (a.place, a.fair_rank, a.id)))::integer
    FROM asked a
    LEFT JOIN anchors anchor ON anchor.lane = a.lane
    CROSS JOIN LATERAL (
        SELECT count(*) AS jobs FROM front f
        WHERE f.lane = a.lane AND (f.place, f.fair_rank, f.id) < (a.place, a.fair_rank, a.id)
    ) near
    LEFT JOIN LATERAL (
        SELECT * FROM queue_marks q
        WHERE q.lane = a.lane AND (q.place, q.fair_rank, q.job_id) <= (a.place, a.fair_rank, a.id)
        ORDER BY q.place DESC, q.fair_rank DESC, q.job_id DESC
        LIMIT 1
    ) mark ON near.jobs = 300
    CROSS JOIN LATERAL (
        SELECT sum(of_model.jobs) AS jobs
        FROM models m
        CROSS JOIN LATERAL (
            SELECT count(*) AS jobs FROM (
                SELECT FROM jobs
                WHERE lane = a.lane AND model = m.slug AND status = 'queued' AND NOT parked
                  AND (place, fair_rank, id) < (a.place, a.fair_rank, a.id)
                  AND (place, fair_rank, id) >= (coalesce(mark.place, 0), coalesce(mark.fair_rank, 0),
                                                 coalesce(mark.job_id, '00000000-0000-0000-0000-000000000000'))
                LIMIT 1000) counted) of_model
        WHERE m.lane = a.lane AND near.jobs = 300
    ) far;
END
$$;
