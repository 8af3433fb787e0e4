"""What others verify content credentials with, and what the page of a link says of them."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from rushes.db.pool import Database
from rushes.engines.provenance.authority import ANCHORS_FILE, read_anchors
from rushes.storage.store import Storage
from rushes.web.certificates import ADDRESS
from rushes.web.services import Services
from tests.web.people import Person
from tests.web.site import HTML
from tests.web.test_share_page import make_film

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """A server that keeps certificates in a folder, once they are there."""
    return replace(services, read_anchors=partial(read_anchors, tmp_path))


async def shared_page(
    person: Person, owner: Database, work: Database, storage: Storage, **made_by: Any
) -> str:
    """The page of a film of the person, as anybody sees it."""
    job = await make_film(owner, work, storage, person, **made_by)
    await person.post(f"/jobs/{job.id}/share")
    return (await person.client.get(f"/v/{job.short_id}", headers=HTML)).text


async def test_anybody_can_download_the_certificates(client: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / ANCHORS_FILE).write_text(PEM)

    answer = await client.get(ADDRESS)

    assert (answer.status_code, answer.text) == (200, PEM)
    assert answer.headers["content-type"] == "application/x-pem-file"


async def test_server_without_certificates_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get(ADDRESS)

    assert answer.status_code == 404
    assert "keeps no certificates" in answer.text


@pytest.mark.parametrize(
    ("made_by", "says"),
    [
        ({"signed": True}, "made by engine motion: warp (classical), not generative."),
        ({"signed": True, "engine": "wan", "generative": True}, "made by engine wan: generative."),
    ],
)
async def test_page_of_a_signed_film_says_what_its_credentials_say(
    ada: Person, owner: Database, work: Database, storage: Storage, made_by: dict[str, Any], says: str
) -> None:
    page = await shared_page(ada, owner, work, storage, **made_by)

    assert f"Content credentials: signed by this instance; {says}" in page


@pytest.mark.parametrize("made_by", [{}, {"signed": False}])
async def test_page_of_an_unsigned_film_claims_no_credentials(
    ada: Person, owner: Database, work: Database, storage: Storage, made_by: dict[str, Any]
) -> None:
    page = await shared_page(ada, owner, work, storage, **made_by)

    assert "Content credentials" not in page


async def test_page_offers_the_certificates_where_they_are_kept(
    ada: Person, owner: Database, work: Database, storage: Storage, tmp_path: Path
) -> None:
    before = await shared_page(ada, owner, work, storage, signed=True)
    (tmp_path / ANCHORS_FILE).write_text(PEM)

    after = await shared_page(ada, owner, work, storage, signed=True)

    assert (ADDRESS in before, ADDRESS in after) == (False, True)


async def test_page_is_there_though_the_certificates_cannot_be_read(
    ada: Person, owner: Database, work: Database, storage: Storage, tmp_path: Path
) -> None:
    (tmp_path / ANCHORS_FILE).mkdir()

    page = await shared_page(ada, owner, work, storage, signed=True)

    assert "Content credentials: signed by this instance" in page
    assert ADDRESS not in page
    assert (await ada.client.get(ADDRESS)).status_code == 404
