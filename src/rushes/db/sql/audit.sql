-- name: add_entry(id, actor_id, nobody, action, target_type, target, before, after, request_id)!
-- Write down what an administrator did; the address of his account as it is now.
INSERT INTO audit_log (id, actor_id, actor, action, target_type, target, before, after, request_id)
VALUES (:id, :actor_id, coalesce((SELECT email FROM users WHERE id = :actor_id), :nobody), :action, :target_type, :target,
        :before, :after, :request_id);

-- name: has_entry(id)$
-- Whether an act with an id of its own was written down.
SELECT EXISTS (SELECT FROM audit_log WHERE id = :id);

-- name: list_entries(actor, action, target_type, target, before_time, before_id, count)
-- A page of the audit log, newest first.
SELECT * FROM audit_log
WHERE (:actor::text IS NULL OR actor = :actor) AND (:action::text IS NULL OR action = :action)
  AND (:target_type::text IS NULL OR target_type = :target_type) AND (:target::text IS NULL OR target = :target)
  AND created_at <= :before_time AND (created_at, id) < (:before_time, :before_id)
ORDER BY created_at DESC, id DESC
LIMIT :count;
