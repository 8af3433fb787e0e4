import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from rushes.db.chores import take_chore
from rushes.db.pool import Database

HOUR = timedelta(hours=1)
AGE = "UPDATE chores SET done_at = done_at - $2::interval WHERE name = $1"
WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def chore() -> str:
    """A name of this test alone."""
    return f"test {uuid4()}"


async def take(database: Database, name: str) -> bool:
    async with database.transaction() as tx:
        return await take_chore(tx, name=name, interval=HOUR)


async def age(owner: Database, name: str, by: timedelta) -> None:
    async with owner.transaction() as tx:
        await tx.execute(AGE, name, by)


async def until_one_waits(owner: Database) -> None:
    """Return once a connection of this database waits for another."""
    found: list[object] = []
    async with asyncio.timeout(10):
        while not found:
            async with owner.transaction() as tx:
                found = await tx.fetch(WAITING)


async def test_chore_that_was_never_done_is_due(work: Database, chore: str) -> None:
    assert await take(work, chore)


async def test_chore_is_not_due_again_within_its_interval(
    owner: Database, work: Database, chore: str
) -> None:
    await take(work, chore)
    await age(owner, chore, HOUR - timedelta(minutes=5))

    assert not await take(work, chore)


async def test_chore_is_due_again_after_its_interval(owner: Database, work: Database, chore: str) -> None:
    await take(work, chore)
    await age(owner, chore, HOUR)

    assert [await take(work, chore), await take(work, chore)] == [True, False]


async def test_chores_of_other_names_are_apart(work: Database, chore: str) -> None:
    await take(work, chore)

    assert await take(work, f"another {chore}")


async def test_one_of_many_takers_wins_the_first_time(work: Database, chore: str) -> None:
    taken = await asyncio.gather(*(take(work, chore) for _ in range(20)))

    assert sum(taken) == 1


async def test_one_of_many_takers_wins_when_it_is_due_again(
    owner: Database, work: Database, chore: str
) -> None:
    await take(work, chore)
    await age(owner, chore, HOUR)

    taken = await asyncio.gather(*(take(work, chore) for _ in range(20)))

    assert sum(taken) == 1


async def test_taker_that_waits_for_another_gets_nothing(owner: Database, work: Database, chore: str) -> None:
    async with work.transaction() as tx:
        first = await take_chore(tx, name=chore, interval=HOUR)
        second = asyncio.create_task(take(work, chore))
        await until_one_waits(owner)

    assert [first, await second] == [True, False]


async def test_taker_that_waits_for_one_that_fails_gets_the_chore(
    owner: Database, work: Database, chore: str
) -> None:
    async def take_and_fail() -> None:
        async with work.transaction() as tx:
            await take_chore(tx, name=chore, interval=HOUR)
            taken.set()
            await until_one_waits(owner)
            raise LookupError

    taken = asyncio.Event()
    first = asyncio.create_task(take_and_fail())
    await taken.wait()
    second = asyncio.create_task(take(work, chore))

    with pytest.raises(LookupError):
        await first
    assert await second
