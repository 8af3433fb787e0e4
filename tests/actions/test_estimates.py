import pytest

from rushes.actions.assets import accept
from rushes.actions.submit import quote
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.media import AssetRole, AssetStatus, MediaLimits
from tests.factories import FILM, claim_check, make_asset, make_job, make_viewer, read_job, submission

SPEED = """
    INSERT INTO speeds (model, job_type, quality, resolution, samples, median, p90, job_seconds, base_seconds,
                        per_second)
    VALUES ('motion', 'base', '', '480p', 20, 3, 4, 12, $1, $2)
"""
"""Of jobs that took 3 s for each second of output at the median; `FILM` has two of these."""

LINES = pytest.mark.parametrize(
    ("line", "expected"), [((1.5, 0.5), 2.5), ((0.0, 3.0), 6.0), ((None, None), 6.0)]
)
"""What is known, and what a job of two seconds is expected to take; an older release knows no line."""

Line = tuple[float | None, float | None]


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


async def know(owner: Database, line: Line) -> None:
    """Jobs of the kind had such a base, and such a time for each second of output."""
    async with owner.transaction() as tx:
        await tx.execute(SPEED, *line)


@LINES
async def test_a_job_is_submitted_with_its_base_and_the_time_of_its_length(
    owner: Database, web: Database, viewer: Viewer, line: Line, expected: float
) -> None:
    await know(owner, line)
    film = await make_asset(owner, viewer, seconds=2.0)

    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert job.estimated_seconds == expected


@LINES
async def test_a_job_whose_film_is_measured_later_is_estimated_then(
    owner: Database, web: Database, work: Database, viewer: Viewer, line: Line, expected: float
) -> None:
    await know(owner, line)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})
    assert job.estimated_seconds is None

    await accept(work, *await claim_check(work), FILM)

    assert (await read_job(owner, job.id)).estimated_seconds == expected


@LINES
async def test_a_quote_expects_what_the_submitted_job_does(
    owner: Database, web: Database, viewer: Viewer, line: Line, expected: float
) -> None:
    await know(owner, line)
    inputs = {
        role: await make_asset(owner, viewer, role=role, seconds=2.0)
        for role in (AssetRole.MOTION, AssetRole.REFERENCE)
    }

    quoted = await quote(web, viewer, [submission(inputs=inputs)], limits=MediaLimits())

    (estimate,) = quoted.estimates
    assert estimate is not None
    assert estimate.run_seconds == expected
