-- name: hold_project(id, user_id)$
-- One project of the viewer, kept from being deleted until the transaction ends.
SELECT id FROM projects WHERE id = :id AND user_id = :user_id FOR KEY SHARE;

-- name: hold_session(id, user_id)$
-- One workspace session of the viewer, kept from being deleted until the transaction ends.
SELECT id FROM workspace_sessions WHERE id = :id AND user_id = :user_id FOR KEY SHARE;

-- name: hold_group(id, user_id)$
-- One group of the viewer, kept from being deleted until the transaction ends.
SELECT id FROM groups WHERE id = :id AND user_id = :user_id FOR KEY SHARE;
