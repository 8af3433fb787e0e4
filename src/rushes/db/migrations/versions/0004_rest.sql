-- Prompt tests of jobs, and what an account stores.
SET LOCAL lock_timeout = '10s'; -- a busy table delays the migration, not the system

-- ── Assets: how much of the store an account fills ───────────────────────────────────────────
CREATE INDEX assets_stored ON assets (user_id) INCLUDE (bytes) WHERE status NOT IN ('rejected', 'deleted');

-- ── Jobs: the prompt test that one is part of ────────────────────────────────────────────────
-- Tests are kept by those who make them: the id is theirs, and names nothing here. After the index, because this
-- lock keeps everybody from the jobs until the end.
ALTER TABLE jobs ADD COLUMN prompt_test_id uuid, ADD COLUMN test_metadata jsonb;
