"""What has to be true of every account at every moment."""

from rushes.db.pool import Database

WRONG_BALANCES = """
    SELECT u.id FROM users u LEFT JOIN ledger l ON l.user_id = u.id
    GROUP BY u.id HAVING u.credits <> coalesce(sum(l.amount), 0) OR u.credits < 0
"""

WRONG_STATEMENTS = """
    SELECT id FROM (
        SELECT id, balance_after, sum(amount) OVER (PARTITION BY user_id ORDER BY id) AS balance FROM ledger
    ) AS line
    WHERE balance_after <> balance
"""

WRONG_HOLDS = """
    SELECT j.id FROM jobs j
    WHERE NOT EXISTS (SELECT FROM ledger l WHERE l.id = j.hold_id AND l.kind = 'hold' AND l.amount = -j.price)
       OR (SELECT count(*) FROM ledger l WHERE l.hold_id = j.hold_id)
          <> (j.status IN ('completed', 'failed', 'cancelled'))::int
       OR (SELECT l.amount FROM ledger l WHERE l.hold_id = j.hold_id) <> j.price - j.credits_charged
"""

WRONG_SLOTS = """
    SELECT u.id FROM users u JOIN jobs j ON j.user_id = u.id
    GROUP BY u.id
    HAVING count(*) FILTER (WHERE j.status IN ('validating', 'queued', 'processing')) > u.slots
        OR (count(*) FILTER (WHERE j.status IN ('validating', 'queued', 'processing')) < u.slots
            AND count(*) FILTER (WHERE j.status = 'pending') > 0)
"""

WRONG_ATTEMPTS = """
    SELECT j.id FROM jobs j LEFT JOIN attempts a ON a.job_id = j.id
    GROUP BY j.id
    HAVING count(a.number) <> j.attempts
        OR count(a.number) - count(a.finished_at) <> (j.status = 'processing')::int
        OR count(*) FILTER (WHERE a.outcome = 'succeeded') <> (j.status = 'completed')::int
"""


async def find_errors(owner: Database) -> dict[str, int]:
    """How many rows break each rule; empty when the books are right."""
    checks = {
        "balances": WRONG_BALANCES,
        "statements": WRONG_STATEMENTS,
        "holds": WRONG_HOLDS,
        "slots": WRONG_SLOTS,
        "attempts": WRONG_ATTEMPTS,
    }
    async with owner.transaction() as tx:
        found = {name: len(await tx.fetch(query)) for name, query in checks.items()}
    return {name: count for name, count in found.items() if count}
