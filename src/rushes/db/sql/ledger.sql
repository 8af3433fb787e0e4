-- name: add_entry(id, user_id, kind, amount, reason)^
-- Change a balance and write down why; refused by the schema if the balance would fall below zero.
WITH account AS (
    UPDATE users SET credits = credits + :amount WHERE id = :user_id RETURNING credits
)
INSERT INTO ledger (id, user_id, kind, amount, balance_after, reason)
SELECT :id, :user_id, :kind, :amount, account.credits, :reason FROM account
RETURNING *;

-- name: end_hold(id, user_id, job_id, hold_id, attempt, kind, charged, reason)^
-- End a hold: what it took beyond the charge goes back to the balance.
WITH hold AS (
    SELECT -amount AS held FROM ledger WHERE id = :hold_id AND kind = 'hold'
), account AS (
    UPDATE users SET credits = credits + hold.held - :charged FROM hold WHERE id = :user_id RETURNING credits, held
)
INSERT INTO ledger (id, user_id, job_id, hold_id, attempt, kind, amount, balance_after, reason)
SELECT :id, :user_id, :job_id, :hold_id, :attempt, :kind, account.held - :charged, account.credits, :reason
FROM account
RETURNING *;

-- name: list_entries(user_id, before_id, count)
-- A page of an account's entries, newest first.
SELECT * FROM ledger WHERE user_id = :user_id AND id < :before_id ORDER BY id DESC LIMIT :count;
