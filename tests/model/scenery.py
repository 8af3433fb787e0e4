"""The accounts, lanes, models, files and workers of one run, in the database and in the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from rushes.actions.assets import accept, reject
from rushes.db import catalogue, media, workers
from rushes.db.pool import Database
from rushes.domain.accounts import Plan, Role, Viewer
from rushes.domain.catalogue import Model as SystemModel
from rushes.domain.credits import Price, Tariff
from rushes.domain.ids import Lease, WorkerId
from rushes.domain.jobs import JobType, Quality
from rushes.domain.media import AssetRole, AssetStatus, Probe
from rushes.domain.options import Resolution
from rushes.storage.store import memory_storage
from tests.factories import make_asset, make_viewer
from tests.model.records import Account, File, Lane, Model
from tests.model.rules import World
from tests.model.stage import Stage

LEASE_TIME = timedelta(days=1)
"""Longer than any run: a lease ends only by a step that says so."""

PLANS = [(Plan.PRO, 3000), (Plan.FREE, 2000), (Plan.PRO, 150), (Plan.FREE, 400)]
CHECK = "UPDATE assets SET lease = $2, lease_until = now() + interval '1 day' WHERE id = $1"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A worker, and what it takes."""

    id: WorkerId
    lanes: list[str]
    engines: list[str]


def set_up(stage: Stage) -> tuple[World, list[Worker]]:
    """Make accounts, lanes and models that no other run knows."""
    tag = uuid4().hex[:12]
    first, second = f"a-{tag}", f"b-{tag}"
    models = [
        _model(slug=f"x-{tag}", lane=first, engine="one", max_attempts=3, price=2, minimum=1),
        _model(slug=f"y-{tag}", lane=first, engine="two", max_attempts=5, price=3, minimum=7),
        _model(slug=f"z-{tag}", lane=second, engine="one", max_attempts=2, price=1, minimum=0),
    ]
    crew = [
        Worker(id=WorkerId(uuid4()), lanes=[first, second], engines=["one", "two"]),
        Worker(id=WorkerId(uuid4()), lanes=[first], engines=["one", "two"]),
        Worker(id=WorkerId(uuid4()), lanes=[second, first], engines=["one"]),
    ]
    accounts = stage.do(_insert(stage.owner, models, crew))
    world = World(accounts=accounts, lanes={name: Lane(name=name) for name in (first, second)}, models=models)
    for account in accounts:
        for role in (AssetRole.REFERENCE, AssetRole.MOTION):
            upload(stage, world, account, role, AssetStatus.READY)
    return world, crew


def viewer_of(account: Account) -> Viewer:
    """Return how a request of an account looks."""
    return Viewer(user_id=account.id, role=Role.USER, session_id=None)


def upload(stage: Stage, world: World, account: Account, role: AssetRole, status: AssetStatus) -> None:
    """Give an account one more file."""
    made = make_asset(stage.owner, viewer_of(account), role=role, status=status, seconds=3.0)
    world.files.append(File(id=stage.do(made), owner=account, role=role, seconds=3.0, status=status))


def check(stage: Stage, file: File, *, status: AssetStatus, seconds: float, is_late: bool) -> None:
    """Let a worker say what it found in a file; one that is late no longer may."""
    lease = Lease(uuid4())
    stage.change(CHECK, file.id, lease)
    stage.do(_judge(stage, file, Lease(uuid4()) if is_late else lease, status, seconds))


async def _judge(stage: Stage, file: File, lease: Lease, status: AssetStatus, seconds: float) -> None:
    async with stage.owner.transaction() as tx:
        asset = await media.get_asset(tx, asset_id=file.id, user_id=file.owner.id)
    assert asset is not None
    if status is AssetStatus.REJECTED:
        await reject(stage.work, memory_storage(), asset, lease, error_code="bad", message="Bad file.")
        return
    is_film = file.role is AssetRole.MOTION
    probe = Probe(
        media_type=asset.media_type, width=64, height=48, duration_seconds=seconds if is_film else None
    )
    await accept(stage.work, asset, lease, probe)


def _model(*, slug: str, lane: str, engine: str, max_attempts: int, price: int, minimum: int) -> Model:
    return Model(
        slug=slug,
        lane=lane,
        engine=engine,
        max_attempts=max_attempts,
        per_second={Resolution.P480: price, Resolution.P720: price + 2},
        high_percent=150,
        minimum=minimum,
    )


async def _insert(owner: Database, models: Sequence[Model], crew: Sequence[Worker]) -> list[Account]:
    async with owner.transaction() as tx:
        for model in models:
            await catalogue.add_model(tx, _in_the_catalogue(model))
        for worker in crew:
            new = workers.NewWorker(
                id=worker.id,
                name="model",
                host="model",
                pid=1,
                lanes=worker.lanes,
                engines=worker.engines,
                slots=1,
                version="0",
            )
            await workers.insert_worker(tx, new)
    viewers = [await make_viewer(owner, credits_=credits_, plan=plan) for plan, credits_ in PLANS]
    return [
        Account(id=viewer.user_id, plan=plan, balance=credits_)
        for viewer, (plan, credits_) in zip(viewers, PLANS, strict=True)
    ]


def _in_the_catalogue(model: Model) -> SystemModel:
    tariff = Tariff(per_second=model.per_second, minimum=model.minimum)
    return SystemModel(
        slug=model.slug,
        title=model.slug,
        description="",
        engine=model.engine,
        lane=model.lane,
        job_types=frozenset(JobType),
        options_schema={},
        price=Price(tariff=tariff, quality_percent={Quality.HIGH: model.high_percent}),
        time_limit_seconds=60,
        max_attempts=model.max_attempts,
        enabled=True,
    )
