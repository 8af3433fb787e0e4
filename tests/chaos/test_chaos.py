import pytest

from tests.chaos.run import Plan, run

pytestmark = pytest.mark.slow


async def test_kills_at_random_lose_nothing() -> None:
    plan = Plan(
        jobs=60,
        kills=8,
        users=6,
        workers=2,
        webs=1,
        slots=6,
        seed=7,
        lease_seconds=3,
        interval_seconds=0.8,
        limit_seconds=150,
        drain_seconds=60,
    )

    report = await run(plan)

    assert report.breaches == [], "\n".join(report.lines())
    assert report.struck.total() == plan.kills
    assert report.rows["jobs"].total() >= plan.jobs
    assert report.rows["attempts"]["lost"] > 0
