-- name: get_answer(user_id, key)^
-- What was answered to the viewer's request with this key.
SELECT fingerprint, job_ids, answer FROM idempotency WHERE user_id = :user_id AND key = :key;

-- name: insert_answer(user_id, key, fingerprint, job_ids, answer)!
-- Remember what a request with a key was answered with.
INSERT INTO idempotency (user_id, key, fingerprint, job_ids, answer)
VALUES (:user_id, :key, :fingerprint, :job_ids, :answer);
