from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from uuid_utils.compat import uuid7

from rushes.actions.retry import retry
from rushes.actions.submit import Submission, submit, submit_batch
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Destination, Job, JobStatus, JobType, Orientation, Quality
from rushes.domain.media import AssetRole, MediaLimits
from rushes.domain.options import (
    ExtendOptions,
    Resolution,
    SubtitlesOptions,
    TextToVideoOptions,
    UpscaleOptions,
)
from rushes.errors import InvalidFields
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_asset,
    make_output,
    make_painter,
    make_picture,
    make_post_model,
    make_viewer,
    read_job,
    retry_or_fail,
    submission,
)

LIMITS = MediaLimits()


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    await make_painter(owner)
    await make_post_model(owner)
    return await make_viewer(owner, slots=10)


def painting(job_type: JobType = JobType.IMAGE, **changes: Any) -> Submission:
    return submission(job_type=job_type, **{"model": "painter", "prompt": "A fox."} | changes)


def polishing(job_type: JobType = JobType.UPSCALE, **changes: Any) -> Submission:
    return submission(job_type=job_type, model="polish", **changes)


async def refused(web: Database, viewer: Viewer, *wanted: Submission) -> list[str]:
    """The fields that a batch is refused for."""
    with pytest.raises(InvalidFields) as caught:
        await submit_batch(web, viewer, wanted, limits=LIMITS)
    return [one.field.removeprefix("jobs.0.") for one in caught.value.fields]


async def paint(web: Database, work: Database, viewer: Viewer) -> Job:
    """A completed picture."""
    await submit(web, viewer, painting(), limits=LIMITS)
    return await complete(work, await claim_one(work), make_picture(), log="")


async def test_picture_is_entered_as_an_image(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    job = await paint(web, work, viewer)

    assert (job.status, job.video_id, job.credits_charged) == (JobStatus.COMPLETED, None, 5)
    assert job.image_id is not None
    row = "SELECT (job_id, orientation, model_used, prompt)::text FROM images WHERE id = $1"
    assert await fetch_value(owner, row, job.image_id) == f'({job.id},portrait,painter,"A fox.")'
    assert await fetch_value(owner, "SELECT count(*) FROM videos") == 0


async def test_video_of_words_is_entered_as_a_video(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await submit(web, viewer, painting(JobType.TEXT_TO_VIDEO), limits=LIMITS)

    job = await complete(work, await claim_one(work), make_output(), log="")

    assert (job.video_id is None, job.image_id) == (False, None)
    assert await fetch_value(owner, "SELECT count(*) FROM images") == 0


async def test_enlarged_picture_is_a_picture(web: Database, work: Database, viewer: Viewer) -> None:
    picture = await paint(web, work, viewer)
    larger = await submit(web, viewer, polishing(parent_job_id=picture.id), limits=LIMITS)

    job = await complete(work, await claim_one(work), make_picture(), log="")

    assert (job.id, larger.price) == (larger.id, 5)
    assert job.image_id is not None


async def test_picture_gets_no_subtitles(web: Database, work: Database, viewer: Viewer) -> None:
    picture = await paint(web, work, viewer)
    words = SubtitlesOptions(script="Hello.")

    wanted = polishing(JobType.SUBTITLES, parent_job_id=picture.id, options=words)

    assert await refused(web, viewer, wanted) == ["parent_job_id"]


async def test_enlarged_picture_of_a_batch_gets_no_subtitles(web: Database, viewer: Viewer) -> None:
    words = SubtitlesOptions(script="Hello.")

    fields = await refused(
        web, viewer, painting(), polishing(after=0), polishing(JobType.SUBTITLES, after=1, options=words)
    )

    assert fields == ["jobs.2.after"]


@pytest.mark.parametrize(("resolution", "price"), [(Resolution.P480, 15), (Resolution.P720, 30)])
async def test_video_of_words_is_priced_by_its_length(
    web: Database, viewer: Viewer, resolution: Resolution, price: int
) -> None:
    options = TextToVideoOptions(seconds=2.5, resolution=resolution)

    job = await submit(web, viewer, painting(JobType.TEXT_TO_VIDEO, options=options), limits=LIMITS)

    assert (job.price, job.output_seconds, job.options["resolution"]) == (price, 2.5, resolution)


async def test_what_works_on_an_output_is_priced_by_its_size(web: Database, viewer: Viewer) -> None:
    film = TextToVideoOptions(seconds=2, resolution=Resolution.P720)

    _, longer = await submit_batch(
        web,
        viewer,
        [
            painting(JobType.TEXT_TO_VIDEO, options=film),
            polishing(JobType.EXTEND, after=0, options=ExtendOptions(seconds=3)),
        ],
        limits=LIMITS,
    )

    assert (longer.price, longer.output_seconds, longer.options["resolution"]) == (50, 5, "720p")


async def test_size_of_an_output_is_not_to_be_chosen(web: Database, viewer: Viewer) -> None:
    smaller = polishing(after=0, options=UpscaleOptions(resolution=Resolution.P720))

    fields = await refused(web, viewer, painting(JobType.TEXT_TO_VIDEO), smaller)

    assert fields == ["jobs.1.options.resolution"]


async def test_size_without_a_price_is_refused(owner: Database, web: Database, viewer: Viewer) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET price = price #- '{per_second,720p}' WHERE slug = 'painter'")
    options = TextToVideoOptions(resolution=Resolution.P720)

    assert await refused(web, viewer, painting(JobType.TEXT_TO_VIDEO, options=options)) == [
        "options.resolution"
    ]


async def test_alias_stands_for_model_and_quality(web: Database, viewer: Viewer) -> None:
    job = await submit(web, viewer, painting(model="painter_image_fast"), limits=LIMITS)

    assert (job.model, job.quality) == ("painter", Quality.FAST)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (painting(model="painter_image_fast", quality=Quality.HIGH), "quality"),
        (painting(JobType.TEXT_TO_VIDEO, model="painter_image_fast"), "model"),
        (painting(model="painter_image"), "model"),
        (painting(JobType.TEXT_TO_VIDEO, model="motion"), "model"),
        (painting(prompt=None), "prompt"),
        (painting(project_id=uuid4()), "project_id"),
        (painting(workspace_session_id=uuid4()), "workspace_session_id"),
        (painting(group_id=uuid4()), "group_id"),
        (painting(parent_job_id=uuid4()), "parent_job_id"),
        (painting(auto_cancel_at=datetime(2026, 1, 1)), "auto_cancel_at"),  # noqa: DTZ001 - the zone is what is missing
        (painting(auto_cancel_at=datetime(2020, 1, 1, tzinfo=UTC)), "auto_cancel_at"),
        (painting(auto_cancel_at=datetime.max.replace(tzinfo=UTC)), "auto_cancel_at"),
        (painting(auto_cancel_at=datetime.min.replace(tzinfo=UTC)), "auto_cancel_at"),
        (polishing(parent_job_id=uuid4(), after=0), "parent_job_id"),
    ],
)
async def test_what_cannot_be_is_named(web: Database, viewer: Viewer, wish: Submission, field: str) -> None:
    assert await refused(web, viewer, wish) == [field]


@pytest.mark.parametrize("table", ["projects", "workspace_sessions"])
async def test_place_of_another_does_not_exist(
    owner: Database, web: Database, viewer: Viewer, table: str
) -> None:
    other = await make_viewer(owner)
    of_other = await make_place(owner, other, table)

    wish = painting(**{FIELDS[table]: of_other})

    assert await refused(web, viewer, wish) == [FIELDS[table]]


async def test_everything_that_was_asked_for_is_written_down(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    wish = painting(
        format="png",
        negative_prompt="rain",
        orientation=Orientation.PORTRAIT,
        destination=Destination.WORKSPACE,
        project_id=await make_place(owner, viewer, "projects"),
        workspace_session_id=await make_place(owner, viewer, "workspace_sessions"),
        auto_cancel_at=soon,
        project_name="Film",
        output_name="fox",
        render_config={"a": [1]},
    )

    job = await read_job(owner, (await submit(web, viewer, wish, limits=LIMITS)).id)

    names = ["format", "negative_prompt", "orientation", "destination", "project_id", "workspace_session_id"]
    names += ["auto_cancel_at", "project_name", "output_name", "render_config"]
    assert {name: getattr(job, name) for name in names} == {name: getattr(wish, name) for name in names}


async def test_job_joins_an_earlier_group(web: Database, viewer: Viewer) -> None:
    first, _ = await submit_batch(web, viewer, [painting(), painting()], limits=LIMITS)

    alone = await submit(web, viewer, painting(group_id=first.group_id), limits=LIMITS)
    both = await submit_batch(web, viewer, [painting(), painting(group_id=first.group_id)], limits=LIMITS)

    assert {job.group_id for job in (alone, *both)} == {first.group_id}


async def test_batch_is_in_one_group(web: Database, viewer: Viewer) -> None:
    groups = [(await submit_batch(web, viewer, [painting()], limits=LIMITS))[0].group_id for _ in range(2)]

    fields = await refused(web, viewer, *(painting(group_id=group_id) for group_id in groups))

    assert fields == ["jobs.1.group_id"]


async def test_file_of_another_type_is_refused(owner: Database, web: Database, viewer: Viewer) -> None:
    words = await make_asset(owner, viewer, role=AssetRole.SUBTITLES)

    wish = painting(inputs={AssetRole.REFERENCE: words})

    assert await refused(web, viewer, wish) == ["inputs.reference"]


async def test_child_of_what_is_wrong_has_no_problem_of_its_own(web: Database, viewer: Viewer) -> None:
    fields = await refused(web, viewer, painting(prompt=None), polishing(after=0))

    assert fields == ["prompt"]


async def test_failed_video_is_priced_by_its_length_again(
    web: Database, work: Database, viewer: Viewer
) -> None:
    options = TextToVideoOptions(seconds=2, resolution=Resolution.P720)
    job = await submit(web, viewer, painting(JobType.TEXT_TO_VIDEO, options=options), limits=LIMITS)
    attempt = await claim_one(work)
    await retry_or_fail(work, attempt, error_code="test", error_message="no", retryable=False, log="")

    again = await retry(web, viewer, job_id=job.id)

    assert (again.price, again.status) == (20, JobStatus.QUEUED)


FIELDS = {"projects": "project_id", "workspace_sessions": "workspace_session_id"}


async def make_place(owner: Database, viewer: Viewer, table: str) -> Any:
    """A project or a workspace session of the account."""
    place_id = uuid7()
    async with owner.transaction() as tx:
        await tx.execute(
            f"INSERT INTO {table} (id, user_id, name) VALUES ($1, $2, 'Film')", place_id, viewer.user_id
        )
    return place_id


async def test_an_extension_is_longer_than_what_its_parent_made(
    web: Database, work: Database, viewer: Viewer
) -> None:
    wanted = painting(JobType.TEXT_TO_VIDEO, options=TextToVideoOptions(seconds=10))
    longer = polishing(JobType.EXTEND, after=0, options=ExtendOptions(seconds=3))
    parent, child = await submit_batch(web, viewer, [wanted, longer], limits=LIMITS)

    await complete(work, await claim_one(work), make_output(seconds=8.0), log="")

    assert child.parent_job_id == parent.id
    assert (child.output_seconds, (await read_job(work, child.id)).output_seconds) == (13.0, 11.0)
