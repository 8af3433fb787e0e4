import re

import httpx
import pytest

from rushes.db.pool import Database
from tests.factories import fetch_value, make_painter, read_balance
from tests.web.people import Person, make_inputs, make_person

SPEED = """
    INSERT INTO speeds (model, job_type, quality, resolution, samples, median, p90, job_seconds)
    VALUES ('painter', 'text_to_video', '', '480p', 5, 3, 4, 12)
"""
FILM = {"job_type": "text_to_video", "model": "painter", "options.seconds": "2"}


async def ask(person: Person, **fields: str) -> httpx.Response:
    """Ask what the form would cost, as its script does."""
    return await person.client.post(
        "/create/quote", data=fields, files={"none": ("", b"")}, headers=person.cookie
    )


async def test_a_quote_says_what_the_form_would_cost(ada: Person, owner: Database) -> None:
    inputs = await make_inputs(owner, ada)
    named = {f"inputs.{role}": str(asset_id) for role, asset_id in inputs.items()}

    one = await ask(ada, **named, **{"options.resolution": "720p"})
    three = await ask(ada, count="3", **named)

    assert 'data-price="20" data-balance="10,000"' in one.text
    assert 'data-price="30"' in three.text


async def test_a_quote_charges_and_keeps_nothing(ada: Person, owner: Database) -> None:
    await make_painter(owner)

    await ask(ada, **FILM)

    assert await read_balance(owner, ada.viewer) == 10_000
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 0


async def test_a_price_needs_files_but_no_words(ada: Person, owner: Database) -> None:
    await make_painter(owner)

    without_files, without_words = await ask(ada), await ask(ada, **FILM)

    assert "The price shows once its files are chosen." in without_files.text
    assert "data-price" not in without_files.text
    assert 'data-price="10"' in without_words.text


async def test_a_quote_says_which_credits_are_missing(owner: Database, client: httpx.AsyncClient) -> None:
    await make_painter(owner)
    poor = await make_person(owner, client, credits_=9)

    answer = await ask(poor, **FILM)

    assert "Your balance is 9: 1 credit is missing." in answer.text


@pytest.mark.parametrize("field", ["options.seconds", "options.advanced.cfg_scale"])
async def test_what_is_out_of_range_has_no_price(ada: Person, owner: Database, field: str) -> None:
    await make_painter(owner)

    answer = await ask(ada, **(FILM | {field: "99"}))

    assert answer.status_code == 200
    assert "data-price" not in answer.text
    assert re.search(r'class="problem">Input should be less than or equal to', answer.text)


async def test_a_quote_says_how_long_it_takes(ada: Person, owner: Database) -> None:
    await make_painter(owner)
    async with owner.transaction() as tx:
        await tx.execute(SPEED)

    quoted, page = (await ask(ada, **FILM)).text, (await ada.visit("/create?type=text_to_video")).text

    assert "No worker runs for this model right now · runs for about 6s" in quoted
    assert "about 3 s of work for each second" in page
