-- name: insert_workspace_session(id, user_id, name)^
-- Make a workspace session.
INSERT INTO workspace_sessions (id, user_id, name) VALUES (:id, :user_id, :name) RETURNING id, name, created_at;

-- name: list_workspace_sessions(user_id, before_time, before_id, count)
-- A page of the viewer's workspace sessions, newest first.
SELECT id, name, created_at FROM workspace_sessions
WHERE user_id = :user_id AND (created_at, id) < (:before_time, :before_id)
ORDER BY created_at DESC, id DESC
LIMIT :count;

-- name: get_workspace_session(id, user_id)^
-- One workspace session of the viewer.
SELECT id, name, created_at FROM workspace_sessions WHERE id = :id AND user_id = :user_id;

-- name: rename_workspace_session(id, user_id, name)^
-- Call a workspace session of the viewer something else.
UPDATE workspace_sessions SET name = :name WHERE id = :id AND user_id = :user_id RETURNING id, name, created_at;

-- name: delete_workspace_session(id, user_id)$
-- Remove a workspace session of the viewer; its jobs stay, and belong to none.
DELETE FROM workspace_sessions WHERE id = :id AND user_id = :user_id RETURNING id;
