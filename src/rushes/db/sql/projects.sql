-- name: insert_project(id, user_id, name)^
-- Make a project.
INSERT INTO projects (id, user_id, name) VALUES (:id, :user_id, :name) RETURNING id, name, created_at;

-- name: list_projects(user_id, before_time, before_id, count)
-- A page of the viewer's projects, newest first.
SELECT id, name, created_at FROM projects
WHERE user_id = :user_id AND (created_at, id) < (:before_time, :before_id)
ORDER BY created_at DESC, id DESC
LIMIT :count;

-- name: get_project(id, user_id)^
-- One project of the viewer.
SELECT id, name, created_at FROM projects WHERE id = :id AND user_id = :user_id;

-- name: rename_project(id, user_id, name)^
-- Call a project of the viewer something else.
UPDATE projects SET name = :name WHERE id = :id AND user_id = :user_id RETURNING id, name, created_at;

-- name: delete_project(id, user_id)$
-- Remove a project of the viewer; its jobs stay, and belong to none.
DELETE FROM projects WHERE id = :id AND user_id = :user_id RETURNING id;
