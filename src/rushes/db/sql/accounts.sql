-- name: insert_user(id, email, password_hash, username, role, plan)^
-- Create an account with an empty balance.
INSERT INTO users (id, email, password_hash, username, role, plan)
VALUES (:id, :email, :password_hash, :username, :role, :plan)
RETURNING id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at;

-- name: get_user(user_id)^
-- One account.
SELECT id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at
FROM users WHERE id = :user_id;

-- name: get_user_by_email(email)^
-- One account by its address, for the operator's commands.
SELECT id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at
FROM users WHERE lower(email) = lower(:email);

-- name: update_profile(user_id, email, username, avatar_url)^
-- Change what an account says of itself.
UPDATE users SET email = :email, username = :username, avatar_url = :avatar_url, updated_at = now()
WHERE id = :user_id
RETURNING id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at;

-- name: replace_password(user_id, password_hash)!
-- Change the password of an account.
UPDATE users SET password_hash = :password_hash, updated_at = now() WHERE id = :user_id;

-- name: lock_user(user_id)^
-- Take the account's row: the first lock of every transaction that changes its jobs or its balance.
SELECT id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at
FROM users WHERE id = :user_id FOR NO KEY UPDATE;

-- name: lock_users(user_ids)
-- Take the rows of several accounts, in the order of their ids: so two that take several never wait for each other.
SELECT id, email, username, avatar_url, role, plan, credits, slots, created_at, updated_at
FROM users WHERE id = ANY (:user_ids::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: find_login(email)^
-- The id and password hash behind an address, before anybody is signed in.
SELECT user_id, password_hash FROM find_login(:email);

-- name: insert_session(id, user_id, user_agent, lifetime)!
-- Open a session.
INSERT INTO sessions (id, user_id, user_agent, expires_at)
VALUES (:id, :user_id, :user_agent, now() + :lifetime);

-- name: enter_session(session_id)^
-- Check a session and make its owner the viewer of this transaction.
SELECT user_id, role FROM enter_session(:session_id);

-- name: enter_api_key(key_sha256)^
-- Check an API key and make its owner the viewer of this transaction.
SELECT user_id, role FROM enter_api_key(:key_sha256);

-- name: list_sessions(user_id)
-- The account's open sessions, the last used first.
SELECT id, user_agent, created_at, last_used_at, expires_at FROM sessions
WHERE user_id = :user_id AND revoked_at IS NULL AND expires_at > now()
ORDER BY coalesce(last_used_at, created_at) DESC, id DESC;

-- name: revoke_session(session_id, user_id)$
-- End a session.
UPDATE sessions SET revoked_at = now() WHERE id = :session_id AND user_id = :user_id AND revoked_at IS NULL
RETURNING id;

-- name: revoke_other_sessions(user_id, session_id)!
-- End the sessions of an account but for one, or all.
UPDATE sessions SET revoked_at = now()
WHERE user_id = :user_id AND revoked_at IS NULL AND id IS DISTINCT FROM :session_id::uuid;

-- name: insert_api_key(id, user_id, name, prefix, key_sha256, expires_at)^
-- Store a key's digest; the key itself is not kept.
INSERT INTO api_keys (id, user_id, name, prefix, key_sha256, expires_at)
VALUES (:id, :user_id, :name, :prefix, :key_sha256, :expires_at)
RETURNING *;

-- name: count_api_keys(user_id)$
-- How many keys the account has; its row must be locked if it is to have no more than so many.
SELECT count(*) FROM api_keys WHERE user_id = :user_id AND revoked_at IS NULL;

-- name: list_api_keys(user_id)
-- The account's keys that were not revoked, newest first.
SELECT * FROM api_keys WHERE user_id = :user_id AND revoked_at IS NULL ORDER BY created_at DESC;

-- name: revoke_api_key(key_id, user_id)$
-- End a key.
UPDATE api_keys SET revoked_at = now()
WHERE id = :key_id AND user_id = :user_id AND revoked_at IS NULL
RETURNING id;
