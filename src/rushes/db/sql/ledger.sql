-- name: add_entry(id, user_id, job_id, hold_id, attempt, kind, amount, reason)^
-- Change a balance and write down why; refused by the schema if the balance would fall below zero.
WITH account AS (
    UPDATE users SET credits = credits + :amount WHERE id = :user_id RETURNING credits
)
INSERT INTO ledger (id, user_id, job_id, hold_id, attempt, kind, amount, balance_after, reason)
SELECT :id, :user_id, :job_id, :hold_id, :attempt, :kind, :amount, account.credits, :reason FROM account
RETURNING *;

-- name: get_hold(hold_id)$
-- What a hold took, as a positive number of credits.
SELECT -amount FROM ledger WHERE id = :hold_id;

-- name: list_entries(user_id, before_id, count)
-- A page of an account's entries, newest first.
SELECT * FROM ledger WHERE user_id = :user_id AND id < :before_id ORDER BY id DESC LIMIT :count;
