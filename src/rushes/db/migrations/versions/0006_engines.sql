-- What the engines need.
SET LOCAL lock_timeout = '10s'; -- a busy table delays the migration, not the system

-- ── Files: a mask says where the figure is in a reference image ──────────────────────────────
-- Not validated: every row there is meets the narrower check that goes, and reading them all would hold up the site.
ALTER TABLE assets DROP CONSTRAINT assets_role_check;
ALTER TABLE assets ADD CONSTRAINT assets_role_check CHECK (
    role IN ('reference', 'motion', 'mask', 'template', 'data', 'audio', 'subtitles', 'output', 'poster', 'preview',
             'spritesheet')) NOT VALID;

-- ── Models: a newer release brings newer options, unless an operator has said which ones there are ──
-- What the software ships as the schema of a model's options; null for a model of an operator's own.
ALTER TABLE models ADD COLUMN shipped_schema jsonb;
UPDATE models m SET shipped_schema = m.options_schema
WHERE m.slug = 'motion' AND NOT EXISTS (
    SELECT FROM audit_log a
    WHERE a.target_type = 'model' AND a.target = m.slug
      AND (a.action = 'model.created' OR (a.action = 'model.changed' AND a.after ? 'options_schema')));

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
