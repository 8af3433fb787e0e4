import asyncio
from contextlib import aclosing
from pathlib import Path

import asyncpg
import pytest

from rushes.embedded.server import EmbeddedPostgres
from tests.journeys.site import Person, address_of, home, kill_and_bury, person, rushes

pytestmark = pytest.mark.slow

CENSUS = """
SELECT (SELECT count(*) FROM videos) AS videos,
       (SELECT count(*) FROM ledger WHERE kind = 'hold') AS holds,
       (SELECT count(*) FROM ledger WHERE kind = 'capture') AS captures,
       (SELECT count(*) FROM ledger WHERE kind = 'release') AS releases,
       (SELECT sum(amount) FROM ledger) - (SELECT sum(credits) FROM users) AS missing,
       (SELECT array_agg(outcome ORDER BY number) FROM attempts) AS outcomes
"""


async def until_processing(somebody: Person, job_id: str) -> None:
    """Follow the job until its engine has begun."""
    async with asyncio.timeout(120), aclosing(somebody.follow(job_id)) as events:
        async for name, said in events:
            if name == "progress" or said.get("progress", 0) > 0:
                return


async def census(folder: Path) -> dict[str, object]:
    """What the database of a running site holds."""
    connection = await asyncpg.connect(EmbeddedPostgres(folder / "postgres").start().url)
    try:
        return dict(await connection.fetchrow(CENSUS))
    finally:
        await connection.close()


async def test_killing_everything_loses_nothing() -> None:
    with home() as folder:
        async with rushes("up", "--home", str(folder), "--port", "0") as site:
            async with person(await address_of(site)) as ada:
                job_id = await ada.submit_sample(resolution="720p")
                await until_processing(ada, job_id)
            await kill_and_bury(site)
        async with (
            rushes("up", "--home", str(folder), "--port", "0") as site,
            person(await address_of(site), register=False) as ada,
        ):
            job = await ada.until_final(job_id)
            found = await census(folder)

    assert (job["status"], job["attempts"]) == ("completed", 2)
    assert found == {
        "videos": 1,
        "holds": 1,
        "captures": 1,
        "releases": 0,
        "missing": 0,
        "outcomes": ["lost", "succeeded"],
    }


async def test_killing_the_worker_costs_one_attempt() -> None:
    with home() as folder:
        async with (
            rushes("up", "--home", str(folder), "--port", "0", "--lanes", "nothing-here") as site,
            person(await address_of(site)) as ada,
        ):
            async with rushes("work", "--home", str(folder)) as doomed:
                job_id = await ada.submit_sample(resolution="720p")
                await until_processing(ada, job_id)
                await kill_and_bury(doomed)
            async with rushes("work", "--home", str(folder)):
                job = await ada.until_final(job_id)
            found = await census(folder)

    assert (job["status"], job["attempts"]) == ("completed", 2)
    assert (found["videos"], found["captures"], found["outcomes"]) == (1, 1, ["lost", "succeeded"])
