import time
from typing import Any

import pytest

from rushes.actions.resending import Sending, submit_sent
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobType
from rushes.domain.media import MediaLimits
from tests.factories import fetch_value, make_painter, make_viewer, submission


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    """Somebody with a model to ask for."""
    await make_painter(owner)
    return await make_viewer(owner)


async def send(
    web: Database, viewer: Viewer, *, is_repeat: bool, began: float, words: bytes = b"words"
) -> tuple[JobId, bool]:
    """Ask for a video; tell which job it is, and whether there was one before."""
    wanted: Any = submission(job_type=JobType.TEXT_TO_VIDEO, model="painter", prompt="A fox.")
    sending = Sending(fingerprint=words.ljust(32), began=began, is_repeat=is_repeat)
    made, is_known = await submit_sent(web, viewer, [wanted], limits=MediaLimits(), sending=sending)
    return made[0].id, is_known


async def test_a_repeat_finds_what_the_first_has_made(web: Database, viewer: Viewer) -> None:
    first, _ = await send(web, viewer, is_repeat=False, began=time.monotonic())

    again = await send(web, viewer, is_repeat=True, began=time.monotonic())

    assert again == (first, True)


async def test_a_request_finds_what_its_repeat_has_made_before_it(web: Database, viewer: Viewer) -> None:
    began = time.monotonic() - 1
    repeat, _ = await send(web, viewer, is_repeat=True, began=time.monotonic())

    first = await send(web, viewer, is_repeat=False, began=began)

    assert first == (repeat, True)


async def test_a_new_request_is_not_taken_for_an_older_repeat(web: Database, viewer: Viewer) -> None:
    await send(web, viewer, is_repeat=True, began=time.monotonic())

    _, is_known = await send(web, viewer, is_repeat=False, began=time.monotonic())

    assert is_known is False


async def test_a_repeat_of_somebody_else_is_his_own(web: Database, owner: Database, viewer: Viewer) -> None:
    await send(web, viewer, is_repeat=False, began=time.monotonic())

    _, is_known = await send(web, await make_viewer(owner), is_repeat=True, began=time.monotonic())

    assert is_known is False


async def test_a_repeat_whose_job_was_deleted_makes_another(
    web: Database, owner: Database, viewer: Viewer
) -> None:
    first, _ = await send(web, viewer, is_repeat=False, began=time.monotonic())
    async with owner.transaction() as tx:
        await tx.execute("UPDATE jobs SET deleted_at = now() WHERE id = $1", first)

    _, is_known = await send(web, viewer, is_repeat=True, began=time.monotonic())

    assert is_known is False
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 2
