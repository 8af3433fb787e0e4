"""What an engine is told of the prompt, and what becomes of what it measures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from rushes.db.media import list_job_assets
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus, Orientation, Quality
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


async def test_the_engine_is_told_what_the_job_asks_of_its_output(
    owner: Database, database_url: str, viewer: Viewer, inputs: dict[AssetRole, AssetId], work_with: WorkWith
) -> None:
    asked = {"orientation": Orientation.PORTRAIT, "quality": Quality.FAST, "format": "mp4"}
    job = await make_job(owner, viewer, inputs=inputs, **asked)
    async with owner.transaction() as tx:
        await tx.execute("""UPDATE models SET config = '{"threads": 2}' WHERE slug = 'motion'""")
    runner = AttentiveRunner()

    async with work_with(runner):
        await until(database_url, owner, job, S.COMPLETED)

    (request,) = runner.requests
    assert {name: getattr(request, name) for name in asked} == asked
    assert request.config == {"threads": 2}


async def test_earlier_outputs_are_inputs_in_the_roles_that_the_job_names_them_for(
    owner: Database, database_url: str, viewer: Viewer, inputs: dict[AssetRole, AssetId], work_with: WorkWith
) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE assets SET role = 'output' WHERE user_id = $1", viewer.user_id)
    job = await make_job(owner, viewer, inputs=inputs)
    runner = AttentiveRunner()

    async with work_with(runner):
        await until(database_url, owner, job, S.COMPLETED)

    (request,) = runner.requests
    assert {role: each.path.name for role, each in request.inputs.items()} == {
        AssetRole.REFERENCE: "reference.png",
        AssetRole.MOTION: "motion.mp4",
    }
    async with owner.transaction() as tx:
        files = (await list_job_assets(tx, job_ids=[job.id]))[job.id]
    assert {role: files[role].id for role in inputs} == inputs
    assert files[AssetRole.OUTPUT].job_id == job.id


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
