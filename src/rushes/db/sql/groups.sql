-- name: get_group(id, user_id)^
-- One group of the viewer.
SELECT id, created_at FROM groups WHERE id = :id AND user_id = :user_id;

-- name: list_sets(user_id, session_id, before_time, before_id, count)
-- A page of the viewer's workspace, newest first: each group that has jobs still, and each job without a group that is
-- in a workspace session or kept in the workspace alone. Of one session, if it is not null.
SELECT id, is_group, created_at FROM (
    (SELECT g.id, true AS is_group, g.created_at FROM groups g
     WHERE g.user_id = :user_id AND (g.created_at, g.id) < (:before_time, :before_id)
       AND EXISTS (
           SELECT FROM jobs j
           WHERE j.group_id = g.id AND j.user_id = :user_id AND j.deleted_at IS NULL
             AND (:session_id::uuid IS NULL OR j.workspace_session_id = :session_id))
     ORDER BY g.created_at DESC, g.id DESC
     LIMIT :count)
    UNION ALL
    (SELECT j.id, false, j.created_at FROM jobs j
     WHERE j.user_id = :user_id AND j.deleted_at IS NULL AND j.group_id IS NULL
       AND (j.created_at, j.id) < (:before_time, :before_id)
       AND (j.workspace_session_id IS NOT NULL OR j.destination = 'workspace')
       AND (:session_id::uuid IS NULL OR j.workspace_session_id = :session_id)
     ORDER BY j.created_at DESC, j.id DESC
     LIMIT :count)
) AS sets
ORDER BY created_at DESC, id DESC
LIMIT :count;

-- name: list_member_ids(user_id, group_ids)
-- The jobs of some of the viewer's groups, as far as they are not deleted.
SELECT group_id, id FROM jobs
WHERE group_id = ANY (:group_ids::uuid[]) AND user_id = :user_id AND deleted_at IS NULL;
