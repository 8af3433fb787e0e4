"""The mark through the whole platform: from the plan of an account to the pixels of its outputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rushes.actions.submit import submit
from rushes.db.pool import Database
from rushes.domain.accounts import Plan, Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus, JobType
from rushes.domain.media import AssetRole, Bucket, MediaLimits
from rushes.domain.options import UpscaleOptions
from rushes.engines.base import Hearer, Maker, Product, Request
from rushes.engines.child.runner import ChildRunner
from rushes.engines.provenance.authority import keep_identity, read_anchors
from rushes.engines.provenance.findings import Signatory, Verdict
from rushes.engines.provenance.signer import OutputSigner
from rushes.engines.provenance.verifying import verify_file
from rushes.storage.store import Storage
from tests.dispatch.stage import WorkWith, make_inputs, until
from tests.engines.finish.test_marking import has_mark, pictures_in
from tests.engines.motion.media import flat, write_video
from tests.factories import fetch_value, make_job, make_post_model, submission

MADE_BY = "SELECT metadata FROM videos WHERE job_id = $1"


@dataclass(kw_only=True)
class PaintingRunner:
    """Makes a grey film, or copies the output that it is to work on, and has it finished as any output is."""

    children: ChildRunner
    marks_asked_for: list[bool] = field(default_factory=list[bool])

    async def run(self, engine: str, request: Request, *, on_event: Hearer) -> Product:
        request.workdir.mkdir(parents=True, exist_ok=True)
        path = request.workdir / "film.mp4"
        parent = request.inputs.get(AssetRole.OUTPUT)
        if parent is None:
            write_video(path, [flat(128, width=320, height=240)] * 5)
        else:
            path.write_bytes(parent.path.read_bytes())
        self.marks_asked_for.append(request.watermark)
        maker = Maker(engine=engine, engine_version="1", generative=False)
        return await self.children.finish(path, request, maker, on_event)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the worker keeps its certificates."""
    home = tmp_path / "credentials"
    home.mkdir()
    return home


@pytest.fixture
def runner(home: Path) -> PaintingRunner:
    return PaintingRunner(children=ChildRunner(signer=OutputSigner(lambda: keep_identity(home))))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A worker's surroundings, and an account."""

    owner: Database
    url: str
    storage: Storage
    folder: Path
    viewer: Viewer
    inputs: Mapping[AssetRole, AssetId]

    async def ended(self, job: Job) -> Job:
        return await until(self.url, self.owner, job, JobStatus.COMPLETED, JobStatus.FAILED)

    async def output_of(self, job: Job) -> Path:
        """Fetch a job's output."""
        path = self.folder / f"{job.id}.mp4"
        await self.storage.fetch(Bucket.OUTPUTS, f"{job.user_id}/{job.id}/output.mp4", path)
        return path

    async def is_marked(self, job: Job) -> bool:
        return has_mark(pictures_in(await self.output_of(job))[0])

    async def make(self) -> Job:
        return await make_job(self.owner, self.viewer, inputs=self.inputs)

    async def enlarge(self, parent: Job) -> Job:
        """Submit a job that works on another's output."""
        wish = submission(
            job_type=JobType.UPSCALE,
            model=await make_post_model(self.owner),
            parent_job_id=parent.id,
            options=UpscaleOptions(),
        )
        return await submit(self.owner, self.viewer, wish, limits=MediaLimits())

    async def change_plan(self, plan: Plan) -> None:
        async with self.owner.transaction() as tx:
            await tx.execute("UPDATE users SET plan = $1 WHERE id = $2", plan, self.viewer.user_id)


@pytest.fixture
async def scene(
    owner: Database, database_url: str, storage: Storage, viewer: Viewer, tmp_path: Path
) -> Scene:
    """An account of the free plan."""
    inputs = await make_inputs(owner, storage, viewer)
    return Scene(
        owner=owner, url=database_url, storage=storage, folder=tmp_path, viewer=viewer, inputs=inputs
    )


@pytest.mark.parametrize(("plan", "wants_mark"), [(Plan.FREE, True), (Plan.PRO, False)])
async def test_output_has_the_mark_in_the_free_plan_alone(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner, plan: Plan, *, wants_mark: bool
) -> None:
    await scene.change_plan(plan)
    job = await scene.make()

    async with work_with(runner):
        done = await scene.ended(job)

    assert (job.watermark_applied, done.watermark_applied) == (wants_mark, wants_mark)
    assert await scene.is_marked(done) == wants_mark


async def test_mark_of_the_parent_is_not_drawn_a_second_time(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner
) -> None:
    parent = await scene.make()

    async with work_with(runner):
        child = await scene.enlarge(await scene.ended(parent))
        done = await scene.ended(child)

    assert runner.marks_asked_for == [True, False]
    assert done.watermark_applied
    assert await scene.is_marked(done)


async def test_work_on_an_unmarked_output_gets_the_mark_once_the_plan_is_free(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner
) -> None:
    await scene.change_plan(Plan.PRO)

    async with work_with(runner):
        parent = await scene.ended(await scene.make())
        await scene.change_plan(Plan.FREE)
        done = await scene.ended(await scene.enlarge(parent))

    assert runner.marks_asked_for == [False, True]
    assert (parent.watermark_applied, done.watermark_applied) == (False, True)
    assert await scene.is_marked(done)


async def test_work_on_a_marked_output_says_so_in_the_paid_plan_too(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner
) -> None:
    async with work_with(runner):
        parent = await scene.ended(await scene.make())
        await scene.change_plan(Plan.PRO)
        child = await scene.enlarge(parent)
        done = await scene.ended(child)

    assert runner.marks_asked_for == [True, False]
    assert (child.watermark_applied, done.watermark_applied) == (False, True)


async def test_mark_of_a_parent_that_an_older_worker_made_is_not_believed(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner
) -> None:
    parent = await scene.make()
    async with work_with(runner):
        await scene.ended(parent)
        async with scene.owner.transaction() as tx:
            await tx.execute("UPDATE videos SET metadata = metadata - 'signed' WHERE job_id = $1", parent.id)

        done = await scene.ended(await scene.enlarge(parent))

    assert runner.marks_asked_for == [True, True]
    assert done.watermark_applied


async def test_plan_at_the_time_of_submitting_counts(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner
) -> None:
    job = await scene.make()
    await scene.change_plan(Plan.PRO)

    async with work_with(runner):
        done = await scene.ended(job)

    assert done.watermark_applied


async def test_stored_output_has_credentials_that_name_the_job_and_its_parent(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner, home: Path
) -> None:
    async with work_with(runner):
        parent = await scene.ended(await scene.make())
        done = await scene.ended(await scene.enlarge(parent))

    found = verify_file(await scene.output_of(done), anchors=read_anchors(home))
    assert (found.verdict, found.signatory) == (Verdict.VALID, Signatory.THIS_INSTANCE)
    assert found.job is not None
    assert (found.job["job_id"], found.job["model"]) == (str(done.id), "polish")
    assert [(one.relationship, one.verdict) for one in found.origins] == [("parentOf", Verdict.VALID)]


async def test_library_notes_whether_an_output_is_signed(
    scene: Scene, work_with: WorkWith, runner: PaintingRunner
) -> None:
    job = await scene.make()

    async with work_with(runner):
        await scene.ended(job)

    made_by = await fetch_value(scene.owner, MADE_BY, job.id)
    assert made_by["signed"] is True
