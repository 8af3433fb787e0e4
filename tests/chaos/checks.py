"""What must be true of jobs, outputs and money when all is done."""

from collections import Counter

from rushes.db.pool import Tx
from tests.actions.books import WRONG_BALANCES, WRONG_HOLDS, WRONG_STATEMENTS
from tests.chaos.journal import Journal, Sent

UNFINISHED = """
    SELECT id, 'is stuck as ' || status || ' after ' || attempts || ' attempts, prompt ' || prompt
        || ', last changed ' || updated_at AS problem
    FROM jobs WHERE status NOT IN ('completed', 'failed', 'cancelled')
"""

HALF_ENDED = """
    SELECT id, 'has ended with a lease' AS problem FROM jobs
    WHERE lease IS NOT NULL OR lease_until IS NOT NULL OR completed_at IS NULL
"""

WRONG_OUTPUTS = """
    SELECT j.id, j.status || ' with ' || o.assets || ' outputs and ' || v.videos || ' videos' AS problem
    FROM jobs j
    CROSS JOIN LATERAL (SELECT count(*) AS assets FROM assets a
                        WHERE a.job_id = j.id AND a.role = 'output' AND a.status = 'ready') o
    CROSS JOIN LATERAL (SELECT count(*) AS videos FROM videos v WHERE v.job_id = j.id) v
    WHERE o.assets <> (j.status = 'completed')::int OR v.videos <> (j.status = 'completed')::int
"""

WRONG_VIDEOS = """
    SELECT j.id, 'does not name its own video and output' AS problem
    FROM jobs j LEFT JOIN videos v ON v.id = j.video_id LEFT JOIN assets a ON a.id = v.asset_id
    WHERE j.status = 'completed'
      AND (v.job_id IS DISTINCT FROM j.id OR a.job_id IS DISTINCT FROM j.id OR a.role <> 'output'
           OR j.progress <> 100 OR j.short_id IS NULL)
"""

WRONG_ENDINGS = """
    SELECT h.id, 'has ' || count(e.id) || ' endings' AS problem
    FROM ledger h LEFT JOIN ledger e ON e.hold_id = h.id
    WHERE h.kind = 'hold' GROUP BY h.id HAVING count(e.id) <> 1
"""

WRONG_AMOUNTS = """
    SELECT e.id, e.kind || ' of ' || e.amount || ' for a hold of ' || h.amount AS problem
    FROM ledger e LEFT JOIN ledger h ON h.id = e.hold_id
    WHERE e.kind IN ('capture', 'release')
      AND (h.kind IS DISTINCT FROM 'hold' OR h.user_id <> e.user_id OR e.amount > -h.amount
           OR (e.kind = 'release' AND e.amount <> -h.amount))
"""

WRONG_CAPTURES = """
    SELECT j.id, j.status || ' with ' || c.captures || ' captures, ' || r.releases || ' releases' AS problem
    FROM jobs j
    CROSS JOIN LATERAL (SELECT count(*) AS captures FROM ledger WHERE job_id = j.id AND kind = 'capture') c
    CROSS JOIN LATERAL (SELECT count(*) AS releases FROM ledger WHERE job_id = j.id AND kind = 'release') r
    CROSS JOIN LATERAL (SELECT count(*) AS rounds FROM job_events e
                        WHERE e.job_id = j.id
                          AND (e.type = 'job.pending'
                               OR e.id = (SELECT min(id) FROM job_events WHERE job_id = j.id))) p
    WHERE c.captures <> (j.status = 'completed')::int OR c.captures + r.releases <> p.rounds
"""

AGAIN = """
    SELECT job_id, count(*) FILTER (WHERE type = 'job.pending' AND id > began) AS again
    FROM (SELECT *, min(id) OVER (PARTITION BY job_id) AS began FROM job_events) e
    GROUP BY job_id
"""

BROKEN_CHAINS = """
    SELECT c.id, 'is ' || c.status || ', and its parent ' || p.status AS problem
    FROM jobs c JOIN jobs p ON p.id = c.parent_job_id
    WHERE (c.attempts > 0 AND p.status <> 'completed')
       OR (c.cancelled_reason = 'parent_failed' AND p.status = 'completed' AND p.attempts_before = 0)
       OR (c.awaits_parent AND c.status <> 'cancelled')
"""

QUERIES = {
    "stuck": UNFINISHED,
    "ended by halves": HALF_ENDED,
    "outputs": WRONG_OUTPUTS,
    "videos": WRONG_VIDEOS,
    "endings of holds": WRONG_ENDINGS,
    "amounts": WRONG_AMOUNTS,
    "captures": WRONG_CAPTURES,
    "chains": BROKEN_CHAINS,
    "balances": WRONG_BALANCES,
    "statements": WRONG_STATEMENTS,
    "holds": WRONG_HOLDS,
}


async def check_books(tx: Tx) -> list[str]:
    """Return what is wrong with jobs, their outputs and their money."""
    wrong: list[str] = []
    for name, query in QUERIES.items():
        wrong += [f"{name}: {row['id']} {row.get('problem', 'is wrong')}" for row in await tx.fetch(query)]
    return wrong


async def check_submissions(tx: Tx, journal: Journal) -> list[str]:
    """Return what was answered and is not there, and what is there and was never sent."""
    rows = await tx.fetch("SELECT id, user_id, metadata->>'tag' AS tag FROM jobs")
    owners = {row["id"]: row["user_id"] for row in rows}
    counts = Counter(row["tag"] for row in rows)
    wrong = [f"nobody submitted {row['id']}" for row in rows if row["tag"] not in journal.sent]
    for sent in journal.sent.values():
        wrong += [
            f"{job} was answered and is lost" for job in sent.answered if owners.get(job) != sent.user_id
        ]
        if not _is_possible(sent, counts[sent.tag]):
            wrong.append(
                f"{counts[sent.tag]} jobs of a submission of {sent.size}, sent {sent.tries} times, "
                f"answered {len(sent.answered)}"
            )
    return wrong


def _is_possible(sent: Sent, count: int) -> bool:
    if count % sent.size or (count == 0 and sent.answered):
        return False
    return count <= sent.size * (1 if sent.once else sent.tries)


async def check_retries(tx: Tx, journal: Journal) -> list[str]:
    """Return the jobs that began anew more often than they were asked to, or less often than was answered."""
    rows = await tx.fetch(AGAIN)
    return [
        f"{row['job_id']} began anew {row['again']} times, asked {journal.retries_sent[row['job_id']]}, "
        f"answered {journal.retries_answered[row['job_id']]}"
        for row in rows
        if not (
            journal.retries_answered[row["job_id"]] <= row["again"] <= journal.retries_sent[row["job_id"]]
        )
    ]
