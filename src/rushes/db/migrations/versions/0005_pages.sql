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

-- What reporters say is for the administrators alone: whoever made the output does not read it.
CREATE TABLE share_reports (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id     uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    report     text NOT NULL CHECK (length(report) <= 1000),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX share_reports_job ON share_reports (job_id, id);
ALTER TABLE share_reports ENABLE ROW LEVEL SECURITY;
CREATE POLICY admin ON share_reports FOR SELECT TO rushes_admin USING ((SELECT viewer_is_admin()));
GRANT SELECT ON share_reports TO rushes_admin;

-- A report puts an output before the eyes of the administrators, once more if they had approved it. It hides nothing:
-- else anybody could take a link down. Of very many reports of one output, the first are kept.
CREATE FUNCTION report_share(wanted_short_id text, report text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    reported_job uuid;
BEGIN
    -- Locked, so that reports of the same moment count each other.
    SELECT j.id INTO reported_job
    FROM jobs j JOIN job_shares s ON s.job_id = j.id
    WHERE j.short_id = wanted_short_id AND s.revoked_at IS NULL AND j.deleted_at IS NULL
    FOR NO KEY UPDATE OF j;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) FROM share_reports r WHERE r.job_id = reported_job) < 100 THEN
        INSERT INTO share_reports (job_id, report) VALUES (reported_job, report);
    END IF;
    UPDATE jobs SET moderation_status = 'pending' WHERE id = reported_job AND moderation_status = 'approved';
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION describe_share, report_share FROM PUBLIC;
GRANT EXECUTE ON FUNCTION describe_share, report_share TO rushes_web;
