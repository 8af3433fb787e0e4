import asyncio
import base64
import json
from typing import Any
from uuid import UUID

import openai
import pytest
from openai import AsyncOpenAI, DefaultHttpxClient, OpenAI

from rushes.actions.submit import submit
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import Job, JobStatus, JobType, Orientation
from rushes.domain.media import AssetRole, MediaLimits
from rushes.domain.openai_ids import video_id
from tests.factories import PNG, fetch_value, make_asset, make_bare_job, read_balance, read_job, submission
from tests.openai.site import FILM, POSTER, SPRITESHEET, Maker
from tests.outgoing.receiver import Reply, receiving


def job_id(video: Any) -> JobId:
    """The id of the job behind a video."""
    return JobId(UUID(video.id.removeprefix("video_")))


async def test_a_video_is_made_from_words(client: AsyncOpenAI, owner: Database, worker: Maker) -> None:
    video = await client.videos.create_and_poll(
        prompt="A fox.", model="sketch", seconds="4", size="1280x720", poll_interval_ms=50
    )

    assert (video.object, video.status, video.progress, video.model) == ("video", "completed", 100, "sketch")
    assert (video.prompt, video.seconds, video.size) == ("A fox.", "4", "64x48")
    assert (video.completed_at or 0) >= video.created_at
    assert (video.error, video.expires_at, video.remixed_from_video_id) == (None, None, None)
    job = await read_job(owner, job_id(video))
    assert (job.job_type, job.orientation) == (JobType.TEXT_TO_VIDEO, Orientation.LANDSCAPE)
    assert (job.options["resolution"], job.options["seconds"]) == ("720p", 4.0)


async def test_a_synchronous_client_makes_a_video(url: str, key: str, worker: Maker) -> None:
    def use() -> tuple[str, bytes]:
        http = DefaultHttpxClient(trust_env=False)
        with OpenAI(api_key=key, base_url=f"{url}/v1", http_client=http) as client:
            video = client.videos.create_and_poll(prompt="A fox.", model="sketch", poll_interval_ms=50)
            return video.status, client.videos.download_content(video.id).content

    assert await asyncio.to_thread(use) == ("completed", FILM)


async def test_a_new_video_is_queued(client: AsyncOpenAI, owner: Database, viewer: Viewer) -> None:
    video = await client.videos.create(prompt="A fox.", model="sketch", seconds="8", size="480x854")  # pyright: ignore[reportArgumentType] - a size of ours

    assert (video.status, video.progress, video.seconds, video.size) == ("queued", 0, "8", "480x854")
    assert (video.completed_at, video.model_extra) == (None, {"queue_position": 0, "credits_charged": 0})
    assert video.id == video_id(job_id(video))
    assert await read_balance(owner, viewer) == 10_000 - 8 * 5


async def test_a_picture_to_begin_from_is_uploaded(
    client: AsyncOpenAI, owner: Database, worker: Maker
) -> None:
    video = await client.videos.create(
        prompt="A fox.", model="sketch", input_reference=("fox.png", PNG, "image/png")
    )

    request = await worker.requests.get()
    job = await read_job(owner, job_id(video))
    assert set(request.inputs) == {AssetRole.REFERENCE}
    name = await fetch_value(
        owner,
        "SELECT a.file_name FROM assets a JOIN job_inputs i ON i.asset_id = a.id WHERE i.job_id = $1",
        job.id,
    )
    assert name == "fox.png"


async def test_a_picture_can_be_a_data_url(client: AsyncOpenAI, owner: Database, worker: Maker) -> None:
    content = PNG * 200
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    assert len(url) > 100_000

    await client.videos.create(
        prompt="A fox.", model="sketch", extra_body={"input_reference": {"image_url": url}}
    )

    request = await worker.requests.get()
    assert set(request.inputs) == {AssetRole.REFERENCE}
    assert await fetch_value(owner, "SELECT bytes FROM assets WHERE role = 'reference'") == len(content)


async def test_a_picture_can_be_fetched(client: AsyncOpenAI, owner: Database, worker: Maker) -> None:
    async with receiving(Reply(body=PNG)) as receiver:
        await client.videos.create(
            prompt="A fox.", model="sketch", extra_body={"input_reference": {"image_url": receiver.url}}
        )

    assert await fetch_value(owner, "SELECT bytes FROM assets WHERE role = 'reference'") == len(PNG)


async def test_an_asset_can_be_named(client: AsyncOpenAI, owner: Database, viewer: Viewer) -> None:
    asset_id = await make_asset(owner, viewer, role=AssetRole.REFERENCE)

    video = await client.videos.create(
        prompt="A fox.", model="sketch", extra_body={"input_reference": {"file_id": str(asset_id)}}
    )

    named = await fetch_value(owner, "SELECT asset_id FROM job_inputs WHERE job_id = $1", job_id(video))
    assert named == asset_id


async def test_extra_fields_reach_the_job(client: AsyncOpenAI, owner: Database) -> None:
    video = await client.videos.create(
        prompt="A fox.",
        model="sketch",
        extra_body={
            "advanced": {"seed": 7, "cfg_scale": 1.5},
            "negative_prompt": "Dogs.",
            "quality": "fast",
            "priority": 6,
            "safety_checker_video": False,
            "metadata": {"order": "17"},
            "tags": ["red", "blue"],
        },
    )

    job = await read_job(owner, job_id(video))
    assert job.options["advanced"] == {"seed": 7, "cfg_scale": 1.5, "inference_steps": 20}
    assert (job.negative_prompt, job.quality, job.priority) == ("Dogs.", "fast", 6)
    assert job.options["safety_checker_video"] is False
    assert job.metadata == {"order": "17", "tags": ["red", "blue"]}


async def test_a_model_that_moves_a_picture_takes_a_film(
    client: AsyncOpenAI, owner: Database, viewer: Viewer, worker: Maker
) -> None:
    motion = await make_asset(owner, viewer, role=AssetRole.MOTION)
    await client.videos.create(
        prompt="A fox.",
        model="mover",
        input_reference=PNG,
        extra_body={
            "motion": str(motion),
            "video_quality": "ultra",
            "motion_mode": "sheet",
            "reference_box": {"x": 0, "y": 0, "width": 0.5, "height": 0.5},
        },
    )

    kind, options = await fetch_row(owner, "SELECT job_type, options FROM jobs")
    roles = await fetch_value(owner, "SELECT array_agg(role ORDER BY role) FROM job_inputs")
    assert (kind, roles) == ("base", ["motion", "reference"])
    assert (options["video_quality"], options["motion_mode"]) == ("ultra", "sheet")
    assert (options["reference_box"]["width"], options["motion_box"]) == (0.5, None)


async def test_an_alias_stands_for_its_model(client: AsyncOpenAI) -> None:
    video = await client.videos.create(prompt="A fox.", model="sora-2")

    assert video.model == "sketch"


async def test_json_is_taken_as_well(client: AsyncOpenAI) -> None:
    answer = await client.post(
        "/videos", cast_to=object, body={"prompt": "A fox.", "model": "sketch", "seconds": "2"}
    )

    assert isinstance(answer, dict)
    assert (answer["object"], answer["seconds"]) == ("video", "2")


async def test_every_video_is_listed_once_over_pages(
    client: AsyncOpenAI, owner: Database, viewer: Viewer
) -> None:
    made = [video_id(await make_bare_job(owner, viewer, JobStatus.COMPLETED)) for _ in range(45)]
    await make_picture_job(owner, viewer)

    newest = [video.id async for video in client.videos.list()]
    oldest = [video.id async for video in client.videos.list(order="asc", limit=7)]

    assert newest == made[::-1]
    assert oldest == made


async def test_a_page_goes_on_after_a_video_that_was_deleted(
    client: AsyncOpenAI, owner: Database, viewer: Viewer
) -> None:
    made = [video_id(await make_bare_job(owner, viewer, JobStatus.COMPLETED)) for _ in range(5)]
    page = await client.videos.list(limit=2)
    await client.videos.delete(page.data[-1].id)

    rest = await page.get_next_page()

    assert (page.has_more, [video.id for video in rest.data]) == (True, [made[2], made[1]])


async def test_a_list_says_where_it_begins_and_ends(
    client: AsyncOpenAI, owner: Database, viewer: Viewer
) -> None:
    made = video_id(await make_bare_job(owner, viewer, JobStatus.COMPLETED))

    raw = await client.videos.with_raw_response.list()

    body = json.loads(raw.content)
    assert (body["object"], body["first_id"], body["last_id"], body["has_more"]) == (
        "list",
        made,
        made,
        False,
    )


async def test_a_deleted_video_is_gone(client: AsyncOpenAI, owner: Database, viewer: Viewer) -> None:
    made = video_id(await make_bare_job(owner, viewer, JobStatus.COMPLETED))

    deleted = await client.videos.delete(made)

    assert (deleted.id, deleted.object, deleted.deleted) == (made, "video.deleted", True)
    with pytest.raises(openai.NotFoundError):
        await client.videos.retrieve(made)


async def test_film_still_and_spritesheet_can_be_downloaded(client: AsyncOpenAI, worker: Maker) -> None:
    video = await client.videos.create_and_poll(prompt="A fox.", model="sketch", poll_interval_ms=50)

    film = await client.videos.download_content(video.id)
    still = await client.videos.download_content(video.id, variant="thumbnail")
    sheet = await client.videos.download_content(video.id, variant="spritesheet")

    assert (film.content, film.response.headers["content-type"]) == (FILM, "video/mp4")
    assert (still.content, still.response.headers["content-type"]) == (POSTER, "image/webp")
    assert (sheet.content, sheet.response.headers["content-type"]) == (SPRITESHEET, "image/webp")


async def test_a_video_made_without_a_spritesheet_has_none(
    client: AsyncOpenAI, worker: Maker, owner: Database
) -> None:
    video = await client.videos.create_and_poll(prompt="A fox.", model="sketch", poll_interval_ms=50)
    async with owner.transaction() as tx:
        await tx.execute("DELETE FROM assets WHERE role = 'spritesheet'")

    with pytest.raises(openai.NotFoundError) as caught:
        await client.videos.download_content(video.id, variant="spritesheet")

    assert caught.value.param == "variant"


async def test_a_video_that_is_not_ready_cannot_be_downloaded(client: AsyncOpenAI) -> None:
    video = await client.videos.create(prompt="A fox.", model="sketch")

    with pytest.raises(openai.ConflictError):
        await client.videos.download_content(video.id)


async def test_a_remix_has_another_prompt_and_the_same_rest(
    client: AsyncOpenAI, owner: Database, worker: Maker
) -> None:
    source = await client.videos.create_and_poll(
        prompt="A fox.",
        model="sketch",
        seconds="8",
        size="720x1280",
        input_reference=PNG,
        poll_interval_ms=50,
        extra_body={"advanced": {"seed": 7}},
    )

    remix = await client.videos.remix(source.id, prompt="A hare.")

    assert (remix.prompt, remix.remixed_from_video_id, remix.seconds) == ("A hare.", source.id, "8")
    before, after = [await read_job(owner, job_id(video)) for video in (source, remix)]
    assert (after.options, after.orientation) == (before.options, before.orientation)
    inputs = "SELECT array_agg(asset_id) FROM job_inputs WHERE job_id = $1"
    assert await fetch_value(owner, inputs, after.id) == await fetch_value(owner, inputs, before.id)


async def test_only_a_completed_video_can_be_remixed(client: AsyncOpenAI) -> None:
    video = await client.videos.create(prompt="A fox.", model="sketch")

    with pytest.raises(openai.ConflictError):
        await client.videos.remix(video.id, prompt="A hare.")


@pytest.mark.parametrize(
    ("status", "shown", "code"),
    [
        (JobStatus.PENDING, "queued", None),
        (JobStatus.VALIDATING, "queued", None),
        (JobStatus.QUEUED, "queued", None),
        (JobStatus.PROCESSING, "in_progress", None),
        (JobStatus.COMPLETED, "completed", None),
        (JobStatus.FAILED, "failed", "test"),
        (JobStatus.CANCELLED, "failed", "cancelled"),
    ],
)
async def test_every_state_has_a_name_here(
    client: AsyncOpenAI, owner: Database, viewer: Viewer, status: JobStatus, shown: str, code: str | None
) -> None:
    made = await make_bare_job(owner, viewer, status)

    raw = await client.videos.with_raw_response.retrieve(video_id(made))

    video = raw.parse()
    assert (video.status, video.error and video.error.code) == (shown, code)
    assert ("openai-poll-after-ms" in raw.headers) == (shown in {"queued", "in_progress"})


async def test_a_job_can_be_named_as_in_our_own_api(
    client: AsyncOpenAI, owner: Database, viewer: Viewer
) -> None:
    made = await make_bare_job(owner, viewer, JobStatus.COMPLETED)

    assert (await client.videos.retrieve(str(made))).id == video_id(made)


async def test_a_picture_is_no_video(client: AsyncOpenAI, owner: Database, viewer: Viewer) -> None:
    made = await make_picture_job(owner, viewer)

    with pytest.raises(openai.NotFoundError):
        await client.videos.retrieve(video_id(made.id))


async def test_models_are_listed(client: AsyncOpenAI) -> None:
    models = [model async for model in client.models.list()]
    one = await client.models.retrieve("sketch")

    assert {"sketch", "mover", "brush"} <= {model.id for model in models}
    assert (one.id, one.object, one.owned_by) == ("sketch", "model", "no-op")
    assert one.created > 0


async def make_picture_job(owner: Database, viewer: Viewer) -> Job:
    """A job that makes a picture."""
    wanted = submission(job_type=JobType.IMAGE, model="brush", prompt="A fox.")
    return await submit(owner, viewer, wanted, limits=MediaLimits())


async def fetch_row(owner: Database, query: str) -> tuple[Any, ...]:
    """The only row of a query."""
    async with owner.transaction() as tx:
        (row,) = await tx.fetch(query)
    return tuple(row)
