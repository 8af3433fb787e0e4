"""The still of an upload, as the API and the pages show it."""

import re

import pytest

from rushes.actions.assets import accept
from rushes.actions.submit import submit
from rushes.db.pool import Database
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole, MediaLimits, Probe
from rushes.storage.store import Storage
from tests.factories import claim_check, make_asset, stream, submission
from tests.web.people import Person, make_queued_job
from tests.web.uploads import MP4, PNG

PICTURE = Probe(media_type="image/png", width=1280, height=720, thumbhash="abc")
FILM = Probe(media_type="video/mp4", width=720, height=1280, duration_seconds=2.0, fps=8.0, frames=16)
SENT = {AssetRole.REFERENCE: (PNG, PICTURE), AssetRole.MOTION: (MP4, FILM)}


@pytest.fixture
async def uploads(ada: Person, work: Database, storage: Storage) -> dict[AssetRole, AssetId]:
    """A picture and a film that were sent and checked, with their stills."""
    sent: dict[AssetRole, AssetId] = {}
    for role, (content, probe) in SENT.items():
        await ada.upload(role, content)
        asset, lease = await claim_check(work)
        still = f"{asset.user_id}/{asset.id}/poster.webp"
        await storage.write(asset.bucket, still, stream(f"still of {role}".encode()))
        await accept(work, asset, lease, probe, poster_key=still)
        sent[role] = asset.id
    return sent


@pytest.fixture
async def job(web: Database, ada: Person, uploads: dict[AssetRole, AssetId]) -> Job:
    """A job that works on the two."""
    return await submit(web, ada.viewer, submission(inputs=uploads), limits=MediaLimits())


async def fetch(person: Person, address: str) -> tuple[str, str]:
    """The type and the text of what a signed address leads to."""
    answer = await person.client.get(address)
    return answer.headers["content-type"], answer.text


async def test_asset_names_its_still(ada: Person, uploads: dict[AssetRole, AssetId]) -> None:
    document = (await ada.get(f"/assets/{uploads[AssetRole.MOTION]}")).json()

    assert await fetch(ada, document["poster_url"]) == ("image/webp", "still of motion")


async def test_asset_without_a_still_names_none(ada: Person, owner: Database) -> None:
    picture = await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE)

    document = (await ada.get(f"/assets/{picture}")).json()

    assert document["poster_url"] is None
    assert document["url"] is not None


async def test_thumbnails_have_the_stills_of_the_inputs(ada: Person, job: Job) -> None:
    document = (await ada.get(f"/jobs/{job.id}/thumbnails")).json()

    still = document["reference_poster"]
    assert (still["media_type"], still["width"], still["height"]) == ("image/webp", 512, 288)
    assert (still["thumbhash"], still["duration_seconds"]) == ("abc", None)
    assert await fetch(ada, still["url"]) == ("image/webp", "still of reference")
    assert (document["motion_poster"]["width"], document["motion_poster"]["height"]) == (288, 512)


@pytest.mark.parametrize("page", ["", "/card", "/details"])
async def test_tiles_show_the_stills_of_the_inputs(ada: Person, job: Job, page: str) -> None:
    shown = (await ada.visit(f"/jobs/{job.id}{page}")).text

    address = f"/jobs/{job.id}/media"
    pictures = re.findall(r'<img src="([^"]+)" width="144" height="144" alt=""', shown)
    assert pictures == [f"{address}/reference/poster", f"{address}/motion/poster"]
    assert re.findall(r'<a href="([^"]+)"[^>]* data-preview-kind', shown) == [
        f"{address}/reference",
        f"{address}/motion",
    ]


async def test_tiles_fall_back_to_the_picture_or_the_icon(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    shown = (await ada.visit(f"/jobs/{job.id}/card")).text

    assert re.findall(r'<img src="([^"]+)"', shown) == [f"/jobs/{job.id}/media/reference"]
    answer = await ada.visit(f"/jobs/{job.id}/media/reference/poster")
    assert answer.status_code == 404


async def test_lasting_addresses_lead_to_the_stills(
    ada: Person, job: Job, uploads: dict[AssetRole, AssetId]
) -> None:
    of_job = await ada.visit(f"/jobs/{job.id}/media/motion/poster")
    of_file = await ada.visit(f"/create/files/{uploads[AssetRole.MOTION]}/poster")

    assert (of_job.status_code, of_file.status_code) == (302, 302)
    found = [await fetch(ada, answer.headers["location"]) for answer in (of_job, of_file)]
    assert found == [("image/webp", "still of motion")] * 2


async def test_a_file_without_a_still_has_no_address_of_one(ada: Person, owner: Database) -> None:
    picture = await make_asset(owner, ada.viewer, role=AssetRole.REFERENCE)

    answer = await ada.visit(f"/create/files/{picture}/poster")

    assert answer.status_code == 404


async def test_files_to_pick_are_shown_by_their_stills(
    ada: Person, uploads: dict[AssetRole, AssetId]
) -> None:
    film = uploads[AssetRole.MOTION]

    page = (await ada.visit("/create/pick?role=motion")).text

    assert f'<img src="/create/files/{film}/poster" alt="" width="144" height="144"' in page
    assert 'data-kind="image"' in page


async def test_chosen_files_are_shown_by_their_stills(ada: Person, uploads: dict[AssetRole, AssetId]) -> None:
    named = "&".join(f"{role}={asset_id}" for role, asset_id in uploads.items())

    page = (await ada.visit(f"/create?type=base&{named}")).text

    shown = re.findall(r'data-preview><img src="([^"]+)"', page)
    assert shown == [f"/create/files/{asset_id}/poster" for asset_id in uploads.values()]


async def test_still_goes_with_its_upload(ada: Person, uploads: dict[AssetRole, AssetId]) -> None:
    film = uploads[AssetRole.MOTION]
    address = (await ada.get(f"/assets/{film}")).json()["poster_url"]

    deleted = await ada.delete(f"/assets/{film}")

    assert deleted.status_code == 204
    assert (await ada.client.get(address)).status_code == 404
