import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.actions import assets
from rushes.db.listen import ASSETS, listen
from rushes.db.pool import Database
from rushes.domain.media import Probe
from rushes.storage.store import Storage
from rushes.web.services import Services
from tests.factories import claim_check, fetch_value
from tests.web.people import API, Person, make_person, make_queued_job, wrong_fields
from tests.web.site import started, visiting
from tests.web.uploads import MP4, PNG, stored

PICTURE = Probe(media_type="image/png", width=64, height=48)
PATIENTLY = timedelta(seconds=30)


async def count_assets(owner: Database) -> int:
    return await fetch_value(owner, "SELECT count(*) FROM assets")


async def judged(services: Services, owner: Database, work: Database, judge: Any) -> httpx.Response:
    """Upload to an application that waits for the check, and check as soon as the file has arrived."""
    connected, arrived = asyncio.Event(), asyncio.Event()
    ears = asyncio.create_task(
        listen(services.listen_url, {ASSETS: lambda _: arrived.set()}, on_connect=connected.set)
    )
    await connected.wait()
    async with started(replace(services, check_wait=PATIENTLY)) as app, visiting(app) as client:
        ada = await make_person(owner, client)
        uploading = asyncio.create_task(ada.upload("reference", PNG))
        await arrived.wait()
        await judge(*(await claim_check(work)))
        answer = await uploading
    ears.cancel()
    return answer


async def test_upload_is_stored_and_waits_for_its_check(ada: Person, folder: Path) -> None:
    answer = await ada.upload("reference", PNG, name="../me\u200b.png")

    asset = answer.json()
    assert answer.status_code == 201
    assert (asset["role"], asset["status"], asset["file_name"]) == ("reference", "checking", "me.png")
    assert (asset["media_type"], asset["bytes"], asset["width"]) == ("image/png", len(PNG), None)
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


async def test_upload_answers_with_what_was_measured(
    services: Services, owner: Database, work: Database
) -> None:
    async def accept(asset: Any, lease: Any) -> None:
        await assets.accept(work, asset, lease, PICTURE)

    answer = await judged(services, owner, work, accept)

    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["width"], answer.json()["height"]) == ("ready", 64, 48)


async def test_upload_answers_why_it_was_rejected(
    services: Services, owner: Database, work: Database, storage: Storage, folder: Path
) -> None:
    async def reject(asset: Any, lease: Any) -> None:
        await assets.reject(work, storage, asset, lease, error_code="media_rejected", message="It is broken.")

    answer = await judged(services, owner, work, reject)

    assert answer.status_code == 422
    assert answer.json()["code"] == "media_rejected"
    assert answer.json()["errors"] == [{"field": "file", "message": "It is broken."}]
    assert stored(folder) == []


async def test_the_role_can_stand_in_the_address(ada: Person) -> None:
    answer = await ada.client.post(
        f"{API}/assets", params={"role": "motion"}, files={"file": ("a.mp4", MP4)}, headers=ada.bearer
    )

    assert answer.json()["role"] == "motion"


@pytest.mark.parametrize(
    ("role", "content", "status", "code"),
    [
        ("reference", b"", 422, "media_rejected"),
        ("motion", b"just some text", 415, "unsupported_media"),
        ("motion", PNG, 415, "unsupported_media"),
        ("reference", MP4, 415, "unsupported_media"),
        ("audio", PNG, 415, "unsupported_media"),
        ("data", b"plain words", 415, "unsupported_media"),
        ("template", b"{}", 415, "unsupported_media"),
        ("reference", PNG + bytes(50_000), 413, "too_large"),
    ],
)
async def test_a_refused_file_leaves_nothing(
    ada: Person, owner: Database, folder: Path, role: str, content: bytes, status: int, code: str
) -> None:
    answer = await ada.upload(role, content, name="film.mp4")

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert wrong_fields(answer) == ["file"]
    assert stored(folder) == []
    assert await count_assets(owner) == 0


@pytest.mark.parametrize(
    ("role", "content", "media_type", "name"),
    [
        ("audio", b"ID3\x04\0\0\0\0\0\0", "audio/mpeg", "audio.mp3"),
        ("subtitles", b"1\n00:00:01,000 --> 00:00:02,000\nHi\n", "application/x-subrip", "subtitles.srt"),
        ("data", b'{"name": "Ada"}', "application/json", "data.json"),
        ("template", b"PK\x03\x04\x14\0", "application/zip", "template.zip"),
    ],
)
async def test_every_role_takes_files_of_its_own(
    ada: Person, folder: Path, role: str, content: bytes, media_type: str, name: str
) -> None:
    answer = await ada.upload(role, content)

    assert (answer.status_code, answer.json()["media_type"]) == (201, media_type)
    assert [path.name for path in stored(folder)] == [name]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"files": [("file", ("a.png", PNG))]}, "role"),
        ({"files": [("role", (None, "output")), ("file", ("a.png", PNG))]}, "role"),
        ({"files": [("file", ("a.png", PNG)), ("role", (None, "reference"))]}, "role"),
        ({"files": [("role", (None, "reference"))]}, "file"),
        ({"files": [("role", (None, "motion")), ("role", (None, "motion")), ("file", ("a", PNG))]}, "role"),
        ({"files": [("note", (None, "mine")), ("file", ("a.png", PNG))]}, "note"),
        ({"params": {"role": "poster"}, "files": [("file", ("a.png", PNG))]}, "role"),
        (
            {"params": {"role": "mask"}, "files": [("file", ("a.png", PNG)), ("role", (None, "poster"))]},
            "role",
        ),
        (
            {"params": {"role": "mask"}, "files": [("file", ("a.png", PNG)), ("file", ("b.png", PNG))]},
            "file",
        ),
    ],
)
async def test_an_incomplete_form_names_what_it_lacks(
    ada: Person, folder: Path, form: dict[str, Any], field: str
) -> None:
    answer = await ada.client.post(f"{API}/assets", headers=ada.bearer, **form)

    assert answer.status_code == 422
    assert wrong_fields(answer) == [field]
    assert stored(folder) == []


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"", 415),
        ("multipart/form-data; boundary=b", b"not a form at all", 422),
        ("multipart/form-data; boundary=b", b"", 422),
        (f"multipart/form-data; boundary={'b' * 500}", b"", 422),
    ],
)
async def test_what_is_no_form_is_refused(ada: Person, content_type: str, body: bytes, status: int) -> None:
    answer = await ada.client.post(
        f"{API}/assets", content=body, headers=ada.bearer | {"Content-Type": content_type}
    )

    assert answer.status_code == status


async def test_a_body_that_ends_too_early_leaves_nothing(ada: Person, owner: Database, folder: Path) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'

    answer = await ada.client.post(
        f"{API}/assets?role=reference",
        content=head + PNG * 20,
        headers=ada.bearer | {"Content-Type": "multipart/form-data; boundary=b"},
    )

    assert answer.status_code == 422
    assert stored(folder) == []
    assert await count_assets(owner) == 0


async def test_an_asset_can_be_looked_at(ada: Person) -> None:
    uploaded = (await ada.upload("reference", PNG)).json()

    shown = await ada.get(f"/assets/{uploaded['id']}")
    content = await ada.client.get(shown.json()["url"])

    assert shown.status_code == 200
    assert content.content == PNG


async def test_an_unused_asset_can_be_deleted(ada: Person, folder: Path) -> None:
    uploaded = (await ada.upload("reference", PNG)).json()

    deleted = await ada.delete(f"/assets/{uploaded['id']}")

    assert deleted.status_code == 204
    assert (await ada.get(f"/assets/{uploaded['id']}")).status_code == 404
    assert stored(folder) == []


async def test_an_asset_that_a_job_uses_stays(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)
    used = (await ada.get(f"/jobs/{job.id}")).json()["input"]["reference"]

    answer = await ada.delete(f"/assets/{used}")

    assert answer.status_code == 409
    assert (await ada.get(f"/assets/{used}")).status_code == 200


async def test_an_asset_that_never_was_is_missing(ada: Person) -> None:
    assert (await ada.get(f"/assets/{uuid4()}")).status_code == 404
    assert (await ada.delete(f"/assets/{uuid4()}")).status_code == 404
    assert (await ada.get("/assets/nonsense")).status_code == 422
