"""What an engine is told of the prompt, and what becomes of what it measures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.media import AssetRole
from rushes.engines.base import Event, EventKind, Product, Request
from rushes.errors import EngineRefused
from tests.dispatch.stage import ObedientRunner, WorkWith, until
from tests.factories import make_job, read_job

S = JobStatus


@dataclass(kw_only=True)
class AttentiveRunner(ObedientRunner):
    """An obedient runner that remembers what it was asked for."""

    requests: list[Request] = field(default_factory=list[Request])

    async def run(self, engine: str, request: Request, *, on_event: Callable[[Event], None]) -> Product:
        self.requests.append(request)
        return await super().run(engine, request, on_event=on_event)


def measured(name: str, value: float) -> Event:
    return Event(kind=EventKind.METRIC, fields={"name": name, "value": value})


async def test_the_engine_is_given_the_enhanced_prompt_and_its_weights(
    owner: Database, database_url: str, viewer: Viewer, inputs: dict[AssetRole, AssetId], work_with: WorkWith
) -> None:
    job = await make_job(
        owner,
        viewer,
        inputs=inputs,
        prompt="A fox",
        enhanced_prompt="A fox, golden hour",
        negative_prompt="rain",
        compel_weights={"fox": 1.21},
    )
    runner = AttentiveRunner()

    async with work_with(runner):
        await until(database_url, owner, job, S.COMPLETED)

    (request,) = runner.requests
    assert (request.prompt, request.negative_prompt) == ("A fox, golden hour", "rain")
    assert request.compel_weights == {"fox": 1.21}


async def test_without_an_enhanced_prompt_the_engine_is_given_the_prompt(
    owner: Database, database_url: str, viewer: Viewer, inputs: dict[AssetRole, AssetId], work_with: WorkWith
) -> None:
    job = await make_job(owner, viewer, inputs=inputs, prompt="A fox", original_prompt="fox")
    runner = AttentiveRunner()

    async with work_with(runner):
        await until(database_url, owner, job, S.COMPLETED)

    (request,) = runner.requests
    assert (request.prompt, request.compel_weights) == ("A fox", None)


async def test_the_quality_that_an_engine_measured_stays_with_the_job(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    said = (
        measured("quality_rating", 0.5),
        measured("quality_rating", 0.875),
        measured("quality_improvement", -0.25),
        measured("frames", 16),
    )

    async with work_with(ObedientRunner(events=said)):
        await until(database_url, owner, job, S.COMPLETED)

    done = await read_job(owner, job.id)
    assert (done.quality_rating, done.quality_improvement) == (Decimal("0.875"), Decimal("-0.25"))


async def test_a_quality_without_an_output_is_forgotten(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(events=(measured("quality_rating", 0.5),), error=EngineRefused("No."))

    async with work_with(runner):
        await until(database_url, owner, job, S.FAILED)

    assert (await read_job(owner, job.id)).quality_rating is None
