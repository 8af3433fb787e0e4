"""One run of the chaos: a site is built, used, attacked, drained and judged."""

import asyncio
import os
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from rushes.actions.catalogue import ship_models
from rushes.db.migrate import migrate
from rushes.db.pool import WEB_ROLE, Database, open_database
from rushes.storage.store import local_storage
from tests.chaos import checks, files, histories
from tests.chaos.journal import Journal
from tests.chaos.killer import Killer
from tests.chaos.people import Person, Site, cancel_endless, make_person
from tests.chaos.processes import Kept, KeptDatabase, free_port, strays
from tests.chaos.report import Report, count, count_logs
from tests.chaos.sampler import Sampler
from tests.chaos.waits import AWAY, Pace, pause
from tests.factories import make_post_model


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How large a run is; times are in seconds. `drain_seconds` is what jobs may take after the last kill."""

    jobs: int = 2000
    kills: int = 200
    users: int = 20
    workers: int = 3
    webs: int = 2
    slots: int = 8
    seed: int = 0
    lease_seconds: float = 4
    interval_seconds: float = 1.2
    limit_seconds: float = 1800
    drain_seconds: float = 180


@dataclass(kw_only=True)
class _Scene:
    plan: Plan
    home: Path
    database: KeptDatabase
    secret: bytes
    journal: Journal = field(default_factory=Journal)
    workers: list[Kept] = field(default_factory=list[Kept])
    webs: dict[str, Kept] = field(default_factory=dict[str, Kept])
    pace: Pace

    @property
    def kept(self) -> list[Kept]:
        """All processes but the database's."""
        return [*self.workers, *self.webs.values()]


async def run(plan: Plan) -> Report:
    """Do all of it; the report's breaches are empty if nothing went wrong."""
    began_at = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="rushes-chaos-", dir="/var/tmp"))
    home.chmod(0o755)
    (home / "logs").mkdir()
    scene = _Scene(
        plan=plan,
        home=home,
        database=KeptDatabase(home),
        secret=secrets.token_urlsafe(48).encode(),
        pace=Pace(plan.jobs, plan.kills),
    )
    report = Report(seed=plan.seed, home=home)
    try:
        await scene.database.start()
        await migrate(scene.database.url)
        await ship_models(scene.database.url)
        await _run_scene(scene, report)
    finally:
        await scene.database.stop()
        report.seconds = time.monotonic() - began_at
    if not report.breaches:
        shutil.rmtree(home)
    return report


async def _run_scene(scene: _Scene, report: Report) -> None:
    _plan_processes(scene)
    owner = await open_database(scene.database.url, role=None, connections=6)
    web = await open_database(scene.database.url, role=WEB_ROLE, connections=8)
    client = httpx.AsyncClient(timeout=15, trust_env=False)
    async with client, _closing(owner), _closing(web):
        sampler, stop = Sampler(database=owner), asyncio.Event()
        keeping = [asyncio.create_task(one.keep()) for one in scene.kept]
        sampling = asyncio.create_task(sampler.run(stop))
        try:
            async with asyncio.timeout(scene.plan.limit_seconds):
                await asyncio.gather(*(one.ready.wait() for one in scene.kept))
                people = await _people(scene, owner, web, client)
                await _attack(scene, people, report)
                await _drain(scene, owner, people, report)
        except TimeoutError:
            report.breaches.append(f"not done within {scene.plan.limit_seconds:g} s: {scene.pace}")
        finally:
            stop.set()
            await scene.database.start()
            await asyncio.gather(sampling, _stop_all(scene, report))
            await asyncio.gather(*keeping)
        await _judge(scene, owner, sampler, report)


def _plan_processes(scene: _Scene) -> None:
    plan, dice, logs = scene.plan, Random(scene.plan.seed), scene.home / "logs"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUSHES_")}
    environment = kept | {
        "RUSHES_DATABASE_URL": scene.database.url,
        "RUSHES_SECRET": scene.secret.decode(),
        "RUSHES_STORAGE": str(scene.home / "storage"),
        "RUSHES_HOME": str(scene.home / "web"),
    }
    for number in range(plan.workers):
        command = (
            *("tests.chaos.worker", f"worker-{number}", scene.database.url, str(scene.home)),
            *("--slots", str(plan.slots), "--lease", str(plan.lease_seconds)),
        )
        scene.workers.append(
            Kept(f"worker-{number}", command, environment=environment, ready="ready", logs=logs, dice=dice)
        )
    for number in range(plan.webs):
        port = free_port()
        scene.webs[f"http://127.0.0.1:{port}"] = Kept(
            f"web-{number}",
            ("rushes", "serve", "--port", str(port)),
            environment=environment,
            ready="Serving",
            logs=logs,
            dice=dice,
        )


async def _people(scene: _Scene, owner: Database, web: Database, client: httpx.AsyncClient) -> list[Person]:
    plan, dice = scene.plan, Random(scene.plan.seed + 1)
    await make_post_model(owner)
    described = (await client.get(f"{next(iter(scene.webs))}/openapi.json")).text
    async with owner.transaction() as tx:
        # Less than there are slots in all: the caps are what holds jobs back, not the workers alone.
        await tx.execute("UPDATE lanes SET cap = $1 WHERE name = 'cpu'", plan.workers * plan.slots * 3 // 4)
        await tx.execute("UPDATE models SET cap = 3 WHERE slug = 'polish'")
    site = Site(
        addresses=list(scene.webs),
        client=client,
        database=web,
        journal=scene.journal,
        pace=scene.pace,
        has_idempotent_http="idempotency-key" in described.lower(),
    )
    storage = local_storage(scene.home / "storage")
    return [
        await make_person(
            owner, site, storage, scene.secret, number=number, dice=Random(dice.getrandbits(64))
        )
        for number in range(plan.users)
    ]


async def _attack(scene: _Scene, people: Sequence[Person], report: Report) -> None:
    plan = scene.plan
    killer = Killer(
        workers=scene.workers,
        webs=list(scene.webs.values()),
        database=scene.database,
        pace=scene.pace,
        dice=Random(plan.seed + 2),
        lease_seconds=plan.lease_seconds,
        interval_seconds=plan.interval_seconds,
        struck=report.struck,
    )
    shares = [plan.jobs // plan.users + (number < plan.jobs % plan.users) for number in range(plan.users)]
    async with asyncio.TaskGroup() as group:
        group.create_task(killer.run())
        for person, jobs in zip(people, shares, strict=True):
            group.create_task(person.live(jobs=jobs))


async def _drain(scene: _Scene, owner: Database, people: Sequence[Person], report: Report) -> None:
    """Let what is under way end; the users cancel what would hang for ever."""
    began_at, active = time.monotonic(), 1
    while active and time.monotonic() - began_at < scene.plan.drain_seconds:
        try:
            await cancel_endless(owner, people)
            active = await count(
                owner, "SELECT count(*) FROM jobs WHERE status NOT IN ('completed', 'failed', 'cancelled')"
            )
        except AWAY as error:
            report.notes[f"drain: {error!r}"] += 1
        await pause(0.3)
    report.drain_seconds = time.monotonic() - began_at


async def _stop_all(scene: _Scene, report: Report) -> None:
    codes = await asyncio.gather(*(one.stop() for one in scene.kept))
    report.breaches += [
        f"{one.name} ended with {code} when it was stopped"
        for one, code in zip(scene.kept, codes, strict=True)
        if code != 0
    ]


async def _judge(scene: _Scene, owner: Database, sampler: Sampler, report: Report) -> None:
    async with owner.transaction() as tx:
        report.breaches += await checks.check_submissions(tx, scene.journal)
        report.breaches += await checks.check_retries(tx, scene.journal)
        report.breaches += await checks.check_books(tx)
        report.breaches += await histories.check_histories(tx)
        wrong_files, report.files_left = await files.check_files(tx, scene.home / "storage")
        await report.count_rows(tx)
    report.breaches += [f"{one.name} fell by itself, {one.falls} times" for one in scene.kept if one.falls]
    report.breaches += wrong_files + await sampler.find_rewritten()
    report.breaches += [f"{times} times: {breach}" for breach, times in sampler.breaches.items()]
    told = {engine for worker in scene.workers for engine in worker.engines}
    report.breaches += [f"still there: {one}" for one in strays(scene.home / "scratch", told)]
    report.breaches += [f"left in scratch: {one}" for one in (scene.home / "scratch").glob("*/*")]
    report.engines = len(told)
    report.looks, report.fullest = sampler.looks, sampler.fullest
    report.answers = scene.journal.answers
    report.cancels, report.retries = (
        scene.journal.cancels_answered,
        sum(scene.journal.retries_answered.values()),
    )
    report.notes += scene.journal.oddities
    report.notes += count_logs(scene.home / "logs")
    report.exits = {one.name: Counter(one.exits) for one in scene.kept}


@asynccontextmanager
async def _closing(database: Database) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await database.close()
