-- name: add_entry(id, user_id, kind, amount, reason)^
-- Change a balance and write down why; refused by the schema if the balance would fall below zero.
WITH account AS (
    UPDATE users SET credits = credits + :amount WHERE id = :user_id RETURNING credits
)
INSERT INTO ledger (id, user_id, kind, amount, balance_after, reason)
SELECT :id, :user_id, :kind, :amount, account.credits, :reason FROM account
RETURNING *;

-- name: end_holds(rows)!
-- End holds: what each took beyond its charge goes back to the balance.
WITH ending AS (
    SELECT new.*, -hold.amount - new.charged AS amount,
        sum(-hold.amount - new.charged) OVER (PARTITION BY new.user_id ORDER BY new.id) AS so_far
    FROM jsonb_to_recordset(:rows) AS new (
        id uuid, user_id uuid, job_id uuid, hold_id uuid, attempt smallint, kind text, charged bigint, reason text)
    JOIN ledger hold ON hold.id = new.hold_id AND hold.user_id = new.user_id AND hold.kind = 'hold'
), account AS (
    UPDATE users u SET credits = u.credits + total.amount
    FROM (SELECT user_id, sum(amount)::bigint AS amount FROM ending GROUP BY user_id) total
    WHERE u.id = total.user_id
    RETURNING u.id, u.credits - total.amount AS credits_before
)
INSERT INTO ledger (id, user_id, job_id, hold_id, attempt, kind, amount, balance_after, reason)
SELECT ending.id, ending.user_id, ending.job_id, ending.hold_id, ending.attempt, ending.kind, ending.amount,
    account.credits_before + ending.so_far, ending.reason
FROM ending JOIN account ON account.id = ending.user_id;

-- name: sum_held(user_id)$
-- What an account has set aside for jobs that have not ended.
SELECT coalesce(sum(price), 0)::bigint FROM jobs
WHERE user_id = :user_id AND deleted_at IS NULL AND status IN ('pending', 'validating', 'queued', 'processing');

-- name: list_entries(user_id, before_id, count)
-- A page of an account's entries, newest first. A hold is older than its job: that is found by the entry that ended
-- the hold, or among the jobs under way.
WITH page AS (
    SELECT * FROM ledger WHERE user_id = :user_id AND id < :before_id ORDER BY id DESC LIMIT :count
)
SELECT page.id, page.kind, page.amount, page.balance_after, page.reason, page.created_at,
    coalesce(page.job_id, ending.job_id, held.job_id) AS job_id
FROM page
LEFT JOIN ledger ending ON page.kind = 'hold' AND ending.hold_id = page.id
LEFT JOIN LATERAL (
    SELECT j.id AS job_id FROM jobs j
    WHERE page.kind = 'hold' AND ending.id IS NULL AND j.user_id = :user_id AND j.hold_id = page.id
      AND j.status IN ('pending', 'validating', 'queued', 'processing')
) held ON true
ORDER BY page.id DESC;
