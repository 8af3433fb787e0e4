"""What people keep: films and pictures in their library, groups in their workspace."""

from typing import Any

from rushes.actions.submit import submit_batch
from rushes.db.pool import Database
from rushes.domain.ids import JobId
from rushes.domain.jobs import Job
from rushes.domain.media import MediaLimits
from tests.factories import claim_one, complete, make_output, make_picture, submission
from tests.web.people import Person, make_inputs, make_queued_job

INSERT_FILMS = """
    WITH made AS (
        INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status)
        SELECT gen_random_uuid(), $1, 'base', 'motion', 'cpu', 5, false, 'pending' FROM generate_series(1, $2)
        RETURNING id, user_id
    ), stored AS (
        INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status, bytes, sha256,
                            width, height, duration_seconds)
        SELECT gen_random_uuid(), user_id, id, 'output', 'outputs', id || '.mp4', 'video/mp4', 'ready', 9,
            repeat('0', 64), 48, 64, 2
        FROM made
        RETURNING id, user_id, job_id
    )
    INSERT INTO videos (id, user_id, job_id, asset_id, prompt, orientation, model_used, duration_seconds,
                        created_at)
    SELECT gen_random_uuid(), user_id, job_id, id, 'film ' || row_number() OVER (), 'portrait', 'motion', 2,
        now() + row_number() OVER () * interval '1 second'
    FROM stored
"""


async def make_film(owner: Database, work: Database, person: Person, **changes: Any) -> Job:
    """A job that made a film; nothing is stored."""
    await make_queued_job(owner, person, **changes)
    return await complete(work, await claim_one(work), make_output(), log="")


async def make_image(owner: Database, work: Database, person: Person, **changes: Any) -> Job:
    """A job that made an upright picture; nothing is stored."""
    await make_queued_job(owner, person, **changes)
    return await complete(work, await claim_one(work), make_picture(), log="")


async def make_many_films(owner: Database, person: Person, count: int) -> None:
    """So many films, of which the newest has the highest number; their jobs were never run."""
    async with owner.transaction() as tx:
        await tx.execute(INSERT_FILMS, person.viewer.user_id, count)


async def make_group(owner: Database, person: Person, *, count: int = 3, **changes: Any) -> list[Job]:
    """Jobs that were submitted at once, in their order."""
    inputs = await make_inputs(owner, person)
    batch = [submission(inputs=inputs, **changes) for _ in range(count)]
    return await submit_batch(owner, person.viewer, batch, limits=MediaLimits())


def ids_of(jobs: list[Job]) -> list[JobId]:
    """The ids of some jobs."""
    return [job.id for job in jobs]
