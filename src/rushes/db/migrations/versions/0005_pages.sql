-- What the pages need beyond the API.
SET LOCAL lock_timeout = '10s'; -- a busy table delays the migration, not the system

-- ── Sessions: when each was last used, so that a strange one shows ───────────────────────────
ALTER TABLE sessions ADD COLUMN last_used_at timestamptz;

CREATE OR REPLACE FUNCTION enter_session(session_id uuid)
RETURNS TABLE (user_id uuid, role text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH used AS (
        -- Once a minute is exact enough for "last used", and spares a write per request.
        UPDATE sessions SET last_used_at = now()
        WHERE id = session_id AND revoked_at IS NULL AND expires_at > now()
          AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    -- Materialized: else the planner may call set_config for accounts that the conditions then throw out.
    ), entered AS MATERIALIZED (
        SELECT u.id, u.role
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = session_id AND s.revoked_at IS NULL AND s.expires_at > now() AND u.disabled_at IS NULL
    )
    SELECT id, entered.role FROM entered CROSS JOIN LATERAL set_config('rushes.viewer', id::text, true)
$$;

-- ── Links: what their page says, and who complains about it ──────────────────────────────────
-- Search engines leave the page of a link out, unless its owner lets them list it.
ALTER TABLE job_shares ADD COLUMN listed boolean NOT NULL DEFAULT false;
GRANT UPDATE (listed) ON job_shares TO rushes_web;

-- Whoever follows a link learns what made the output, and nothing of what it was made from.
CREATE FUNCTION describe_share(wanted_short_id text)
RETURNS TABLE (model text, engine text, generative boolean, listed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(m.title, j.model), made.metadata ->> 'engine', (made.metadata ->> 'generative')::boolean, s.listed
    FROM jobs j JOIN job_shares s ON s.job_id = j.id
    LEFT JOIN models m ON m.slug = j.model
    LEFT JOIN videos v ON v.id = j.video_id
    LEFT JOIN images i ON i.id = j.image_id
    CROSS JOIN LATERAL (SELECT coalesce(v.metadata, i.metadata) AS metadata) made
    WHERE j.short_id = wanted_short_id AND s.revoked_at IS NULL
$$;

-- A report puts an output before the eyes of the administrators, once more if they had approved it. It hides nothing:
-- else anybody could take a link down. What they wrote themselves is never pushed out by reports.
CREATE FUNCTION report_share(wanted_short_id text, report text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE jobs j
    SET moderation_status = CASE j.moderation_status WHEN 'approved' THEN 'pending' ELSE j.moderation_status END,
        review_notes = CASE WHEN length(concat_ws(E'\n', j.review_notes, report)) <= 2000
                            THEN concat_ws(E'\n', j.review_notes, report) ELSE j.review_notes END
    FROM job_shares s
    WHERE j.short_id = wanted_short_id AND s.job_id = j.id AND s.revoked_at IS NULL AND j.deleted_at IS NULL
    RETURNING true
$$;
REVOKE ALL ON FUNCTION describe_share, report_share FROM PUBLIC;
GRANT EXECUTE ON FUNCTION describe_share, report_share TO rushes_web;
