-- A still of each upload that can be seen.
SET LOCAL lock_timeout = '10s'; -- a busy table delays the migration, not the system

-- Null for what cannot be seen, for what was uploaded before, and where no still could be made.
ALTER TABLE assets ADD COLUMN poster_key text;
-- Not validated: no row there is has one, and reading them all would hold up the site.
ALTER TABLE assets ADD CONSTRAINT assets_poster_key_check CHECK (
    poster_key <> '' AND poster_key !~ '(^|/)\.\.?(/|$)') NOT VALID;
