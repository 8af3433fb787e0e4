"""A server keeps what its OpenAPI document promises, whoever asks and however wrongly."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.fuzz_api import ROUNDS, Counter, Effort, create_users, fuzz, serving

pytestmark = pytest.mark.slow

SEED = 20_261_121


class LiesAboutHealth(Counter):
    """Answers for /healthz with a status that no document names."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") != "/healthz":
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("users", ROUNDS, ids="+".join)
async def test_no_answer_breaks_the_contract(
    database_url: str, tmp_path: Path, users: tuple[str, ...]
) -> None:
    await create_users(database_url)
    async with serving(database_url, tmp_path) as (address, counter):
        effort = Effort(seed=SEED, examples=2, phases="examples,fuzzing")
        kept, report = await fuzz(address, tmp_path, users, effort)

    assert kept, report
    assert counter.requests > 150, report
    assert len(counter.succeeded) > 30, (sorted(counter.succeeded), report)


async def test_breach_of_the_contract_is_noticed(tmp_path: Path, database_url: str) -> None:
    await create_users(database_url)
    async with serving(database_url, tmp_path, around=LiesAboutHealth) as (address, _):
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            assert (await client.get("/healthz")).status_code == 418
        kept, report = await fuzz(
            address,
            tmp_path,
            ("ada",),
            Effort(seed=SEED, examples=1, phases="fuzzing", only="health"),
        )

    assert not kept
    assert "Undocumented status code" in report
