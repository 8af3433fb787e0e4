import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from rushes.actions.lanes import pause, resume, set_lane_cap, set_model_cap
from rushes.db import lanes as store
from rushes.db.listen import LANES
from rushes.db.pool import WORKER_ROLE, Database, open_database
from rushes.db.waiting import explain_waiting
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.accounts import Viewer
from rushes.domain.catalogue import MAX_CAP
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobStatus
from rushes.domain.waiting import WaitingReason
from rushes.errors import InvalidFields, Missing
from rushes.storage.store import local_storage
from tests.db.lanes import Lane, claim, claim_all, fill, make_lane, serve, standing
from tests.dispatch.stage import NoExaminer, ObedientRunner, make_inputs
from tests.factories import fetch_value, make_job, make_viewer, read_job

CLAIMS = 16
ROUNDS = 5
IN_TIME = 20.0
NEVER = timedelta(hours=1)
"""As long as a worker waits that nobody wakes."""

END_SOME = """
    WITH ended AS (
        UPDATE jobs SET status = 'cancelled', cancelled_reason = 'user', completed_at = now(), lease = NULL,
               lease_until = NULL
        WHERE id IN (SELECT id FROM jobs WHERE lane = $1 AND status = 'processing' LIMIT $2)
        RETURNING id
    )
    SELECT count(*) FROM ended
"""

Change = Callable[[Database, Lane], Awaitable[Any]]


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner, slots=1000)


@pytest.fixture
async def crew(database_url: str) -> AsyncIterator[Database]:
    """The database as so many workers see it, each with a connection of its own."""
    database = await open_database(database_url, role=WORKER_ROLE, connections=CLAIMS)
    yield database
    await database.close()


async def queue_up(
    owner: Database, lane: Lane, viewer: Viewer, *, model: int = 0, count: int, place: int = 5
) -> list[JobId]:
    rows = [
        standing(lane, viewer, model=lane.models[model], place=place, fair_rank=rank) for rank in range(count)
    ]
    return await fill(owner, lane, *rows)


async def claim_at_once(crew: Database, lane: Lane, *, count: int = 1) -> int:
    """Have all of the crew claim at the same time; return how many jobs they got."""
    claimed = await asyncio.gather(*(claim(crew, lane, count=count) for _ in range(CLAIMS)))
    return sum(map(len, claimed))


async def end_some(owner: Database, lane: Lane, count: int) -> int:
    return await fetch_value(owner, END_SOME, lane.name, count)


async def running(owner: Database, lane: Lane) -> list[int]:
    """How many jobs of each model of the lane run."""
    async with owner.transaction() as tx:
        found = {model.slug: model.processing for model in await store.list_models(tx)}
    return [found[slug] for slug in lane.models]


async def refilled(owner: Database, crew: Database, lane: Lane, *, freed: int) -> tuple[int, ...]:
    """What runs of a lane when slots were freed among the claims, and after one claim more."""
    await asyncio.gather(claim_at_once(crew, lane), end_some(owner, lane, freed))
    between = sum(await running(owner, lane))
    await claim(crew, lane, count=CLAIMS)
    return between, sum(await running(owner, lane))


@asynccontextmanager
async def hearing(url: str) -> AsyncIterator[asyncio.Queue[str]]:
    """The lanes whose workers are woken inside the block."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(url)
    try:
        await connection.add_listener(LANES, lambda *said: heard.put_nowait(said[-1]))
        yield heard
    finally:
        await connection.close()


@asynccontextmanager
async def sleepy_worker(work: Database, url: str, folder: Path) -> AsyncIterator[ObedientRunner]:
    """A worker of the lane `cpu` that looks for jobs only when it is woken; its runs end with the block."""
    runner = ObedientRunner(gate=asyncio.Event())
    stop, ready = asyncio.Event(), asyncio.Event()
    config = WorkerConfig(
        name="test", lanes=("cpu",), engines=("motion",), scratch=folder, slots=4, poll_interval=NEVER
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            run_worker(
                database=work,
                listen_url=url,
                storage=local_storage(folder / "storage"),
                runner=runner,
                examiner=NoExaminer(),
                config=config,
                stop=stop,
                on_ready=ready.set,
            )
        )
        await ready.wait()
        yield runner
        stop.set()


async def test_a_paused_lane_is_left_alone_and_continues_after_resume(
    owner: Database, work: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner)
    first, second = await queue_up(owner, lane, viewer, count=2)

    paused = await pause(owner, name=lane.name)
    while_paused = await claim(work, lane, count=2)
    resumed = await resume(owner, name=lane.name)

    assert (paused.paused_at is None, paused.queued, resumed.paused_at) == (False, 2, None)
    assert while_paused == []
    assert await claim(work, lane, count=2) == [first, second]


async def test_pausing_does_not_touch_what_runs(owner: Database, work: Database, viewer: Viewer) -> None:
    lane = await make_lane(owner)
    await queue_up(owner, lane, viewer, count=2)
    (job_id,) = await claim(work, lane)
    before = await fetch_value(owner, "SELECT to_jsonb(j) FROM jobs j WHERE id = $1", job_id)

    paused = await pause(owner, name=lane.name)

    assert paused.processing == 1
    assert await fetch_value(owner, "SELECT to_jsonb(j) FROM jobs j WHERE id = $1", job_id) == before


async def test_other_lanes_go_on_beside_a_paused_one(owner: Database, work: Database, viewer: Viewer) -> None:
    lane, other = await make_lane(owner), await make_lane(owner)
    await queue_up(owner, lane, viewer, count=1)
    (free,) = await queue_up(owner, other, viewer, count=1)

    await pause(owner, name=lane.name)

    assert await claim_all(work, lane, other) == [free]


async def test_pausing_again_keeps_the_time_of_the_pause(owner: Database) -> None:
    lane = await make_lane(owner)
    first = await pause(owner, name=lane.name)

    again = await pause(owner, name=lane.name)

    assert first.paused_at is not None
    assert again.paused_at == first.paused_at


async def test_owner_of_a_job_is_told_that_its_lane_is_paused(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner)
    await serve(owner, lane)
    (job_id,) = await queue_up(owner, lane, viewer, count=1)

    await pause(owner, name=lane.name)

    async with web.transaction(viewer=viewer.user_id) as tx:
        told = await explain_waiting(tx, job_ids=[job_id])
    assert told[job_id].why is WaitingReason.LANE_PAUSED


@pytest.mark.parametrize("cap", [1, 3, 7])
async def test_the_cap_of_a_lane_is_exact_however_many_claim_at_once(
    owner: Database, crew: Database, viewer: Viewer, cap: int
) -> None:
    lane = await make_lane(owner, models=2)
    await queue_up(owner, lane, viewer, count=60)
    await queue_up(owner, lane, viewer, model=1, count=60)
    await set_lane_cap(owner, name=lane.name, cap=cap)

    rounds = [
        (
            await claim_at_once(crew, lane, count=2),
            sum(await running(owner, lane)),
            await end_some(owner, lane, 99),
        )
        for _ in range(ROUNDS)
    ]

    assert rounds == [(cap, cap, cap)] * ROUNDS


async def test_the_cap_of_a_lane_is_exact_while_slots_become_free(
    owner: Database, crew: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner, models=2)
    await queue_up(owner, lane, viewer, count=60)
    await queue_up(owner, lane, viewer, model=1, count=60)
    await set_lane_cap(owner, name=lane.name, cap=5)
    await claim_at_once(crew, lane)

    rounds = [await refilled(owner, crew, lane, freed=3) for _ in range(ROUNDS)]

    assert max(between for between, _ in rounds) <= 5
    assert [after for _, after in rounds] == [5] * ROUNDS


@pytest.mark.parametrize("cap", [1, 3, 7])
async def test_the_cap_of_a_model_is_exact_however_many_claim_at_once(
    owner: Database, crew: Database, viewer: Viewer, cap: int
) -> None:
    lane = await make_lane(owner, models=2)
    await queue_up(owner, lane, viewer, count=60, place=1)
    await queue_up(owner, lane, viewer, model=1, count=100)
    await set_model_cap(owner, slug=lane.models[0], cap=cap)

    rounds = [
        (await claim_at_once(crew, lane), await running(owner, lane), await end_some(owner, lane, 99))
        for _ in range(ROUNDS)
    ]

    assert rounds == [(CLAIMS, [cap, CLAIMS - cap], CLAIMS)] * ROUNDS


async def test_caps_of_a_lane_and_of_its_model_hold_together(
    owner: Database, crew: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner, models=2)
    await queue_up(owner, lane, viewer, count=40, place=1)
    await queue_up(owner, lane, viewer, model=1, count=40)
    await set_lane_cap(owner, name=lane.name, cap=5)
    await set_model_cap(owner, slug=lane.models[0], cap=2)

    rounds = [
        (
            await claim_at_once(crew, lane, count=3),
            await running(owner, lane),
            await end_some(owner, lane, 99),
        )
        for _ in range(ROUNDS)
    ]

    assert rounds == [(5, [2, 3], 5)] * ROUNDS


async def test_a_capped_model_at_the_head_of_a_lane_holds_up_no_other(
    owner: Database, work: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner, models=2)
    capped = await queue_up(owner, lane, viewer, count=3, place=1)
    others = await queue_up(owner, lane, viewer, model=1, count=2)
    await set_model_cap(owner, slug=lane.models[0], cap=1)

    assert await claim(work, lane, count=5) == [capped[0], *others]


async def test_a_lower_cap_lets_what_runs_beyond_it_end(
    owner: Database, work: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner)
    await queue_up(owner, lane, viewer, count=6)
    await claim(work, lane, count=4)

    lowered = await set_lane_cap(owner, name=lane.name, cap=2)
    at_once = await claim(work, lane, count=4)
    await end_some(owner, lane, 3)

    assert (lowered.cap, lowered.processing) == (2, 4)
    assert at_once == []
    assert len(await claim(work, lane, count=4)) == 1


async def test_without_a_cap_as_many_run_as_are_claimed(
    owner: Database, work: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner, cap=1)
    await queue_up(owner, lane, viewer, count=4)

    lifted = await set_lane_cap(owner, name=lane.name, cap=None)

    assert lifted.cap is None
    assert len(await claim(work, lane, count=4)) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda database, lane: resume(database, name=lane.name),
        lambda database, lane: set_lane_cap(database, name=lane.name, cap=2),
        lambda database, lane: set_model_cap(database, slug=lane.models[0], cap=2),
    ],
    ids=["resume", "lane", "model"],
)
async def test_what_lets_more_begin_wakes_the_lane(
    owner: Database, database_url: str, change: Change
) -> None:
    lane = await make_lane(owner, cap=1)

    async with hearing(database_url) as heard, asyncio.timeout(IN_TIME):
        await change(owner, lane)

        assert await heard.get() == lane.name


async def test_worker_begins_at_once_what_a_raised_cap_lets_it(
    owner: Database, work: Database, database_url: str, viewer: Viewer, tmp_path: Path
) -> None:
    await set_lane_cap(owner, name="cpu", cap=1)
    inputs = await make_inputs(owner, local_storage(tmp_path / "storage"), viewer)
    made = [await make_job(owner, viewer, inputs=inputs) for _ in range(2)]

    async with asyncio.timeout(IN_TIME), sleepy_worker(work, database_url, tmp_path) as runner:
        await runner.started.get()
        await set_lane_cap(owner, name="cpu", cap=2)
        await runner.started.get()
        states = [(await read_job(owner, job.id)).status for job in made]

    assert states == [JobStatus.PROCESSING, JobStatus.PROCESSING]


async def test_lane_tells_what_waits_and_who_serves_it(
    owner: Database, work: Database, viewer: Viewer
) -> None:
    lane = await make_lane(owner, cap=3)
    await fill(
        owner,
        lane,
        *(standing(lane, viewer, fair_rank=rank) for rank in range(4)),
        standing(lane, viewer, parked=True, run_in=3600.0),
        standing(lane, viewer, parked=True, run_in=-60.0, place=9),
        standing(lane, viewer, status="pending"),
    )
    await serve(owner, lane, slots=4)
    await serve(owner, lane, slots=8, state="draining")
    await serve(owner, lane, slots=8, silent=timedelta(minutes=1))
    await claim(work, lane, count=2)

    async with owner.transaction() as tx:
        found = await store.get_lane(tx, name=lane.name)

    assert found is not None
    assert (found.queued, found.backing_off, found.processing) == (3, 1, 2)
    # The claim's own worker is alive too, with a slot.
    assert (found.cap, found.workers, found.slots) == (3, 2, 5)


@pytest.mark.parametrize("cap", [0, -1, MAX_CAP + 1])
async def test_a_cap_below_one_or_beyond_reason_is_refused(owner: Database, cap: int) -> None:
    with pytest.raises(InvalidFields) as of_lane:
        await set_lane_cap(owner, name="cpu", cap=cap)
    with pytest.raises(InvalidFields) as of_model:
        await set_model_cap(owner, slug="motion", cap=cap)

    assert [problem.field for problem in of_lane.value.fields + of_model.value.fields] == ["cap", "cap"]


@pytest.mark.parametrize(
    "change",
    [
        lambda database: pause(database, name="gpu"),
        lambda database: resume(database, name="gpu"),
        lambda database: set_lane_cap(database, name="gpu", cap=1),
    ],
    ids=["pause", "resume", "cap"],
)
async def test_unknown_lane_is_answered_with_those_that_exist(
    owner: Database, change: Callable[[Database], Awaitable[Any]]
) -> None:
    with pytest.raises(Missing, match=r"no lane 'gpu'. The lanes are: cpu\."):
        await change(owner)


async def test_unknown_model_is_answered_with_those_that_exist(owner: Database) -> None:
    with pytest.raises(Missing, match=r"no model 'sora'. The models are: animatic, audio, .*\bmotion\b"):
        await set_model_cap(owner, slug="sora", cap=1)
