-- name: list_accounts(text, before_time, before_id, count)
-- A page of all accounts, or of those with a text in their address, newest first.
SELECT id, email, username, role, plan, credits, slots, created_at, updated_at, disabled_at
FROM users
WHERE created_at <= :before_time AND (created_at, id) < (:before_time, :before_id)
  AND (:text::text IS NULL OR strpos(lower(email), lower(:text)) > 0)
ORDER BY created_at DESC, id DESC
LIMIT :count;

-- name: get_account(user_id)^
-- One account.
SELECT id, email, username, role, plan, credits, slots, created_at, updated_at, disabled_at
FROM users WHERE id = :user_id;

-- name: change_account(user_id, role, plan, slots, is_disabled)!
-- Set what an account may do; one that is disabled stays disabled since when it was.
UPDATE users
SET role = :role, plan = :plan, slots = :slots, updated_at = now(),
    disabled_at = CASE WHEN :is_disabled THEN coalesce(disabled_at, now()) END
WHERE id = :user_id;

-- name: count_active(user_id)
-- How many jobs of an account can still change, by state.
SELECT status, count(*) AS jobs FROM jobs
WHERE user_id = :user_id AND status IN ('pending', 'validating', 'queued', 'processing') AND deleted_at IS NULL
GROUP BY status;
