import asyncio

from rushes.db.pool import Database
from rushes.web.hub import Hub
from rushes.web.live import Live
from rushes.web.services import Services
from tests.factories import fetch_value

NOTIFY = "SELECT pg_notify('rushes_jobs', $1)"
LONG = 30


async def test_wakes_that_come_while_busy_are_one(services: Services, owner: Database) -> None:
    live = Live()
    hub = Hub(services.database, streams_per_user=1, keep_alive=services.keep_alive)
    listening = asyncio.create_task(live.run(services.listen_url, hub))

    with live.subscribe("job") as mine, live.subscribe("user") as his:
        await asyncio.gather(mine.wait(seconds=LONG), his.wait(seconds=LONG))
        await fetch_value(owner, NOTIFY, "job another")
        await fetch_value(owner, NOTIFY, "another user")
        await his.wait(seconds=LONG)
        await mine.wait(seconds=LONG)
        again = asyncio.create_task(mine.wait(seconds=LONG))
        await asyncio.sleep(0)

        assert not again.done()

    again.cancel()
    listening.cancel()


async def test_a_wait_ends_by_itself() -> None:
    with Live().subscribe("job") as subscription:
        await subscription.wait(seconds=0.01)

    assert not subscription.is_over


async def test_closing_ends_every_wait_for_good() -> None:
    live = Live()

    with live.subscribe("job") as early:
        live.close()
        await early.wait(seconds=LONG)
        await early.wait(seconds=LONG)
    with live.subscribe("job") as late:
        await late.wait(seconds=LONG)

    assert early.is_over
    assert late.is_over
