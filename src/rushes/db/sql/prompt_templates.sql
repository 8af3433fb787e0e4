-- name: insert_template(id, user_id, name, body, strategy)^
-- Keep a template; nothing if the viewer has one of this name.
INSERT INTO prompt_templates (id, user_id, name, body, strategy)
VALUES (:id, :user_id, :name, :body, :strategy)
ON CONFLICT (user_id, name) DO NOTHING
RETURNING *;

-- name: list_templates(user_id, before_time, before_id, count)
-- A page of the viewer's templates, newest first.
SELECT * FROM prompt_templates
WHERE user_id = :user_id AND (created_at, id) < (:before_time, :before_id)
ORDER BY created_at DESC, id DESC
LIMIT :count;

-- name: get_template(id, user_id)^
-- One template of the viewer.
SELECT * FROM prompt_templates WHERE id = :id AND user_id = :user_id;

-- name: get_template_by_name(name, user_id)^
-- One template of the viewer, by its name.
SELECT * FROM prompt_templates WHERE user_id = :user_id AND name = :name;

-- name: lock_template(id, user_id)^
-- One template of the viewer, to be changed.
SELECT * FROM prompt_templates WHERE id = :id AND user_id = :user_id FOR UPDATE;

-- name: write_template(id, user_id, name, body, strategy)^
-- Change a template; nothing if another of the viewer's has this name.
UPDATE prompt_templates SET name = :name, body = :body, strategy = :strategy, updated_at = now()
WHERE id = :id AND user_id = :user_id
  AND NOT EXISTS (SELECT FROM prompt_templates other
                  WHERE other.user_id = :user_id AND other.name = :name AND other.id <> :id)
RETURNING *;

-- name: delete_template(id, user_id)$
-- Remove a template of the viewer.
DELETE FROM prompt_templates WHERE id = :id AND user_id = :user_id RETURNING id;
