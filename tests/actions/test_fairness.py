from collections import Counter
from collections.abc import Sequence

import pytest

from rushes.actions.admission import admit
from rushes.actions.assets import accept
from rushes.actions.cancel import cancel
from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import Plan, Viewer
from rushes.domain.ids import UserId
from rushes.domain.media import AssetRole, AssetStatus
from tests.factories import FILM, claim, claim_check, make_asset, make_job, make_viewer

FLOOD = 10_000

SUBMIT_MANY = """
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied)
    SELECT gen_random_uuid(), $1, 'base', 'motion', 'cpu', $3, false FROM generate_series(1, $2)
"""


async def flood(owner: Database, viewer: Viewer, *, count: int, price: int = 5) -> None:
    """Queue many jobs of one account, by the statements that queue every job."""
    async with owner.transaction() as tx:
        user = await accounts.lock_user(tx, user_id=viewer.user_id)
        assert user is not None
        await tx.execute(SUBMIT_MANY, viewer.user_id, count, price)
        await admit(tx, [user])


async def owners_of_next(work: Database, count: int) -> list[UserId]:
    return [attempt.job.user_id for attempt in await claim(work, count=count)]


def jain(shares: Sequence[float]) -> float:
    """Jain's index of fairness (Jain, Chiu, Hawe 1984): 1 if all are equal, 1/n if one has everything."""
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


async def test_a_flood_delays_the_first_job_of_another_by_one_job(owner: Database, work: Database) -> None:
    ann, bob = [await make_viewer(owner, credits_=10**6, slots=2 * FLOOD) for _ in range(2)]
    await flood(owner, ann, count=FLOOD)
    await owners_of_next(work, 100)

    await make_job(owner, bob)

    assert bob.user_id in await owners_of_next(work, 2)


async def test_equal_demand_gets_equal_shares_over_any_200_claims(owner: Database, work: Database) -> None:
    viewers = [await make_viewer(owner, credits_=10**6, slots=1000) for _ in range(20)]
    for number, viewer in enumerate(viewers):
        await flood(owner, viewer, count=60 + number)

    order = [user for _ in range(30) for user in await owners_of_next(work, 40)]

    windows = [order[start : start + 200] for start in range(len(order) - 199)]
    shares = [[Counter(window)[viewer.user_id] for viewer in viewers] for window in windows]
    assert min(jain(share) for share in shares) >= 0.95


async def test_shares_follow_the_weights_of_the_plans(owner: Database, work: Database) -> None:
    free = await make_viewer(owner, credits_=10**6, slots=1000)
    pro = await make_viewer(owner, credits_=10**6, slots=1000, plan=Plan.PRO)
    await flood(owner, free, count=400)
    await flood(owner, pro, count=400)

    claimed = Counter(await owners_of_next(work, 400))

    assert claimed[pro.user_id] / claimed[free.user_id] == pytest.approx(3, rel=0.1)


async def test_who_asks_for_more_at_once_gets_no_more(owner: Database, work: Database) -> None:
    small = await make_viewer(owner, credits_=10**6, slots=1000)
    big = await make_viewer(owner, credits_=10**6, slots=1000)
    await flood(owner, small, count=300, price=5)
    await flood(owner, big, count=300, price=20)

    claimed = Counter(await owners_of_next(work, 100))

    assert claimed[small.user_id] * 5 == pytest.approx(claimed[big.user_id] * 20, rel=0.1)


async def test_idle_time_earns_no_credit(owner: Database, work: Database) -> None:
    busy = await make_viewer(owner, credits_=10**6, slots=1000)
    idle = await make_viewer(owner, credits_=10**6, slots=1000)
    await flood(owner, busy, count=400)
    await owners_of_next(work, 200)

    await flood(owner, idle, count=200)

    claimed = Counter(await owners_of_next(work, 100))
    assert claimed[busy.user_id] == pytest.approx(claimed[idle.user_id], rel=0.1)


async def test_what_was_cancelled_does_not_count_against_its_owner(owner: Database, work: Database) -> None:
    ann, bob = [await make_viewer(owner, credits_=10**6, slots=1000) for _ in range(2)]
    await flood(owner, bob, count=50)
    cancelled = [await make_job(owner, ann) for _ in range(20)]
    for job in cancelled:
        await cancel(owner, ann, job_id=job.id)

    await make_job(owner, ann)

    assert ann.user_id in await owners_of_next(work, 2)


async def test_better_places_do_not_make_the_time_of_others_pass(owner: Database, work: Database) -> None:
    ann, bob = [await make_viewer(owner, credits_=10**6, slots=1000) for _ in range(2)]
    hasty = await make_viewer(owner, credits_=10**6, slots=1000, plan=Plan.PRO)
    await flood(owner, ann, count=100)
    for _ in range(30):
        await make_job(owner, hasty, priority=1)
    before = await owners_of_next(work, 30)

    await make_job(owner, bob)

    assert set(before) == {hasty.user_id}
    assert bob.user_id in await owners_of_next(work, 2)


async def test_a_film_that_was_measured_late_costs_what_it_is_long(owner: Database, work: Database) -> None:
    ann, bob = [await make_viewer(owner, credits_=10**6, slots=1000) for _ in range(2)]
    for _ in range(3):
        film = await make_asset(owner, ann, status=AssetStatus.CHECKING)
        await make_job(owner, ann, inputs={AssetRole.MOTION: film})
        asset, lease = await claim_check(work)
        await accept(work, asset, lease, FILM)
    for _ in range(3):
        await make_job(owner, bob, inputs={AssetRole.MOTION: await make_asset(owner, bob, seconds=2.0)})

    order = await owners_of_next(work, 4)

    assert Counter(order) == {ann.user_id: 2, bob.user_id: 2}
