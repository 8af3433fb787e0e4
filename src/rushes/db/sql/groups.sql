-- name: get_group(id, user_id)^
-- One group of the viewer.
SELECT id, created_at FROM groups WHERE id = :id AND user_id = :user_id;
