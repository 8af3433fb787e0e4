-- name: add_lane(name)!
-- Make sure that a lane exists.
INSERT INTO lanes (name) VALUES (:name) ON CONFLICT DO NOTHING;

-- name: add_model(slug, title, description, engine, lane, job_types, options_schema, price, time_limit_seconds, max_attempts)!
-- Add a model unless it is there. What an operator changed on it stays; options that nobody changed follow the release.
INSERT INTO models (slug, title, description, engine, lane, job_types, options_schema, shipped_schema, price,
                    time_limit_seconds, max_attempts)
VALUES (:slug, :title, :description, :engine, :lane, :job_types, :options_schema, :options_schema, :price,
        :time_limit_seconds, :max_attempts)
ON CONFLICT (slug) DO UPDATE
SET options_schema = excluded.options_schema, shipped_schema = excluded.shipped_schema, updated_at = now()
WHERE models.options_schema = models.shipped_schema AND models.shipped_schema <> excluded.shipped_schema;

-- name: get_model(slug)^
-- One model of the catalogue.
SELECT * FROM models WHERE slug = :slug;

-- name: find_models(names)
-- For each name the model with this slug, else the one that has it as an alias.
SELECT DISTINCT ON (asked.name) asked.name AS asked_name, m.*, CASE WHEN m.slug <> asked.name THEN m.aliases -> asked.name END AS alias
FROM unnest(:names::text[]) AS asked (name) JOIN models m ON m.slug = asked.name OR m.aliases ? asked.name
ORDER BY asked.name, m.slug = asked.name DESC, m.slug;

-- name: list_models_among(slugs)
-- Some models of the catalogue.
SELECT * FROM models WHERE slug = ANY (:slugs::text[]);

-- name: list_models()
-- The models that can be asked for.
SELECT * FROM models WHERE enabled ORDER BY slug;
