"""Profile, folders, prompts, links and direct uploads, against a real server."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from rushes.client import AsyncRushes, Conflict, Invalid, InvalidAnswer, Missing, NewJob, Unreachable
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job
from tests.client.conftest import QUICK
from tests.client.peer import Peer, answer, peer
from tests.client.test_calls import inputs_of
from tests.factories import PNG, claim_one, complete, make_job, make_output

ASSET_ID = UUID(int=7)
CONTENT = bytes(range(200))
ASSET = {
    "id": str(ASSET_ID),
    "role": "motion",
    "status": "checking",
    "file_name": "walk.mp4",
    "media_type": "video/mp4",
    "bytes": len(CONTENT),
    "created_at": "2026-01-01T00:00:00Z",
    **dict.fromkeys(["sha256", "width", "height", "duration_seconds", "fps"]),
    **dict.fromkeys(["error_code", "error_message", "url", "url_expires_at"]),
}
TAKEN = answer("204 No Content")
DONE = answer("200 OK", json.dumps(ASSET))
LOST = b""


def offer(site: Peer, **changes: Any) -> bytes:
    """The answer that says where to send the file."""
    document = {"asset_id": str(ASSET_ID), "url": f"{site.address}/place?signature=x", "method": "PUT"}
    more = {"headers": {}, "resumable": True, "expires_at": "2099-01-01T00:00:00Z"}
    return answer("201 Created", json.dumps(document | more | changes))


def has(offset: int) -> bytes:
    """What the address says that it has."""
    return answer("200 OK", upload_offset=str(offset))


async def send(file: Path, answers: Sequence[bytes], **changes: Any) -> tuple[Peer, list[int]]:
    """Upload to a server that answers so after its offer."""
    script: list[bytes] = [b""]
    told: list[int] = []
    async with peer(script) as site:
        script[:] = [offer(site, **changes), *answers]
        async with AsyncRushes(site.address, api_key="k", patience=QUICK, trust_env=False) as rushes:
            await rushes.upload_directly(file, role="motion", on_progress=lambda done, _: told.append(done))
    return site, told


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A file to send."""
    file = tmp_path / "walk.mp4"
    file.write_bytes(CONTENT)
    return file


async def make_completed(owner: Database, work: Database, ada: Viewer) -> Job:
    job = await make_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")
    return job


async def test_profile_is_changed(rushes: AsyncRushes) -> None:
    changed = await rushes.change_me(username="Ada", avatar_url="https://example.org/ada.png")

    assert (changed.username, changed.avatar_url) == ("Ada", "https://example.org/ada.png")
    assert (await rushes.me()).username == "Ada"


async def test_email_and_password_need_the_password(rushes: AsyncRushes) -> None:
    with pytest.raises(Invalid, match="password"):
        await rushes.change_me(email="ada@example.org", current_password="a guess")
    with pytest.raises(Invalid, match="password"):
        await rushes.change_password(current="a guess", new="battery staple")


async def test_project_collects_jobs_until_it_is_removed(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    made = await rushes.create_project("Foxes")

    await rushes.change(job.id, project_id=made.id)
    renamed = await rushes.rename_project(made, "Hares")
    listed = [one.name async for one in rushes.projects()]
    inside = [one.id async for one in rushes.jobs(project=made.id)]
    await rushes.delete_project(made)

    assert (renamed.id, listed, inside) == (made.id, ["Hares"], [job.id])
    assert [one async for one in rushes.projects()] == []


async def test_workspace_session_lives_from_its_making_to_its_end(rushes: AsyncRushes) -> None:
    made = await rushes.create_workspace_session("Monday")

    renamed = await rushes.rename_workspace_session(made.id, "Tuesday")
    listed = [one.name async for one in rushes.workspace_sessions()]
    await rushes.delete_workspace_session(made)

    assert (renamed.id, listed) == (made.id, ["Tuesday"])
    with pytest.raises(Missing):
        await rushes.delete_workspace_session(made)


async def test_batch_is_found_again_as_its_group(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    wanted: NewJob = {"job_type": "base", "inputs": await inputs_of(owner, ada)}
    batch = await rushes.submit_batch([wanted, wanted])

    group = await rushes.group(batch.group_id)

    assert {job.id for job in group.jobs} == {job.id for job in batch.jobs}
    assert sum(group.counts.values()) == 2


async def test_prompt_is_put_into_a_template(rushes: AsyncRushes) -> None:
    made = await rushes.create_prompt_template("Evening", "{prompt}, {place}, golden hour")
    await rushes.change_prompt_template(made, name="Morning")

    enhanced = await rushes.enhance_prompt("a fox++", template="Morning", values={"place": "on a hill"})

    assert enhanced.enhanced == "a fox++, on a hill, golden hour"
    assert enhanced.original == "a fox++"
    assert [one.placeholders async for one in rushes.prompt_templates()] == [["prompt", "place"]]
    with pytest.raises(Conflict):
        await rushes.create_prompt_template("Morning", "{prompt}")
    await rushes.delete_prompt_template(made)
    with pytest.raises(Missing):
        await rushes.enhance_prompt("a fox", template="Morning")


async def test_link_is_given_out_and_taken_back(
    rushes: AsyncRushes, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_completed(owner, work, ada)

    link = await rushes.share(job.id)
    again = await rushes.share(job.id)
    await rushes.revoke_share(job.id)

    assert link == again
    assert link.url.endswith(f"/v/{link.short_id}")
    with pytest.raises(Missing):
        await rushes.revoke_share(job.id)


async def test_direct_upload_is_what_the_file_is(rushes: AsyncRushes, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG + bytes(600_000))
    told: list[tuple[int, int]] = []

    asset = await rushes.upload_directly(file, role="reference", on_progress=lambda *now: told.append(now))

    assert (asset.media_type, asset.bytes, asset.file_name) == ("image/png", file.stat().st_size, "a.png")
    assert told == sorted(told)
    assert told[-1] == (file.stat().st_size, file.stat().st_size)


async def test_direct_upload_of_what_is_not_accepted_is_refused(rushes: AsyncRushes, film: Path) -> None:
    with pytest.raises(Invalid):
        await rushes.upload_directly(film, role="motion")


async def test_direct_upload_goes_on_where_the_server_is(film: Path) -> None:
    site, told = await send(film, [LOST, has(150), LOST, has(180), TAKEN, DONE])

    parts = [(one.headers["upload-offset"], one.body) for one in site.heard if one.line.startswith("PATCH")]
    assert parts == [("0", CONTENT), ("150", CONTENT[150:]), ("180", CONTENT[180:])]
    assert told == [200, 200, 200]


async def test_direct_upload_to_a_store_is_sent_whole_with_its_headers_and_no_key(film: Path) -> None:
    site, _ = await send(film, [LOST, TAKEN, DONE], resumable=False, headers={"x-signed": "yes"})

    puts = [one for one in site.heard if one.line.startswith("PUT")]
    assert [(one.body, one.headers["x-signed"]) for one in puts] == [(CONTENT, "yes")] * 2
    assert ["authorization" in one.headers for one in site.heard] == [True, False, False, True]


async def test_direct_upload_that_gets_no_further_is_given_up(film: Path) -> None:
    with pytest.raises(Unreachable):
        await send(film, [LOST, has(0), LOST, has(0), LOST])


@pytest.mark.parametrize("offset", ["", "some", "201"])
async def test_nonsense_about_what_is_there_is_not_believed(film: Path, offset: str) -> None:
    with pytest.raises(InvalidAnswer):
        await send(film, [LOST, answer("200 OK", upload_offset=offset)])
