-- What the engines need.
SET LOCAL lock_timeout = '10s'; -- a busy table delays the migration, not the system
-- Tables are locked in the order in which a submission reads them, or each could wait for the other.

-- ── Models: a newer release brings newer options, unless an operator has said which ones there are ──
-- What the software ships as the schema of a model's options; null for a model of an operator's own.
ALTER TABLE models ADD COLUMN shipped_schema jsonb;
UPDATE models m SET shipped_schema = m.options_schema
WHERE m.slug = 'motion' AND NOT EXISTS (
    SELECT FROM audit_log a
    WHERE a.target_type = 'model' AND a.target = m.slug
      AND (a.action = 'model.created' OR (a.action = 'model.changed' AND a.after ? 'options_schema')));

-- ── Files: a mask says where the figure is in a reference image ──────────────────────────────
-- Not validated: every row there is meets the narrower check that goes, and reading them all would hold up the site.
ALTER TABLE assets DROP CONSTRAINT assets_role_check;
ALTER TABLE assets ADD CONSTRAINT assets_role_check CHECK (
    role IN ('reference', 'motion', 'mask', 'template', 'data', 'audio', 'subtitles', 'output', 'poster', 'preview',
             'spritesheet')) NOT VALID;

-- ── Jobs: whether a mark was laid on an output is known when it is made ──────────────────────
GRANT UPDATE (watermark_applied) ON jobs TO rushes_web, rushes_admin;

-- ── Links: whoever follows one also learns whether the output has content credentials ────────
DROP FUNCTION describe_share(text);
CREATE FUNCTION describe_share(wanted_short_id text)
RETURNS TABLE (model text, engine text, generative boolean, signed boolean, listed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(m.title, j.model), made.metadata ->> 'engine', (made.metadata ->> 'generative')::boolean,
        coalesce((made.metadata ->> 'signed')::boolean, false), s.listed
    FROM jobs j JOIN job_shares s ON s.job_id = j.id
    LEFT JOIN models m ON m.slug = j.model
    LEFT JOIN videos v ON v.id = j.video_id
    LEFT JOIN images i ON i.id = j.image_id
    CROSS JOIN LATERAL (SELECT coalesce(v.metadata, i.metadata) AS metadata) made
    WHERE j.short_id = wanted_short_id AND s.revoked_at IS NULL
$$;
REVOKE ALL ON FUNCTION describe_share FROM PUBLIC;
GRANT EXECUTE ON FUNCTION describe_share TO rushes_web;

-- ── Estimates: a job also takes some seconds that do not depend on its output's length ───────
-- Both null until the kind is measured anew: until then a job takes `median` for each second of its output.
ALTER TABLE speeds
    ADD COLUMN base_seconds double precision CHECK (base_seconds >= 0),
    ADD COLUMN per_second double precision CHECK (per_second >= 0),
    ADD CONSTRAINT speeds_line_check CHECK ((base_seconds IS NULL) = (per_second IS NULL));
