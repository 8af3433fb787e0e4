-- name: list_models(slug)
-- All models with everything that is kept of them, or one.
SELECT * FROM models WHERE :slug::text IS NULL OR slug = :slug ORDER BY slug;

-- name: insert_model(model)$
-- Add a model; nothing if its slug is taken.
INSERT INTO models (slug, title, description, engine, lane, job_types, aliases, options_schema, price,
                    time_limit_seconds, max_attempts, cap, enabled, config)
SELECT slug, title, description, engine, lane, job_types, aliases, options_schema, price, time_limit_seconds,
    max_attempts, cap, enabled, config
FROM jsonb_populate_record(NULL::models, :model)
ON CONFLICT (slug) DO NOTHING
RETURNING slug;

-- name: update_model(model)!
-- Replace all that is kept of a model but its slug; its row is locked.
UPDATE models m
SET title = new.title, description = new.description, engine = new.engine, lane = new.lane,
    job_types = new.job_types, aliases = new.aliases, options_schema = new.options_schema, price = new.price,
    time_limit_seconds = new.time_limit_seconds, max_attempts = new.max_attempts, cap = new.cap,
    enabled = new.enabled, config = new.config, updated_at = now()
FROM jsonb_populate_record(NULL::models, :model) new
WHERE m.slug = new.slug;

-- name: add_lane(name)!
-- Make sure that a lane exists.
INSERT INTO lanes (name) VALUES (:name) ON CONFLICT DO NOTHING;
