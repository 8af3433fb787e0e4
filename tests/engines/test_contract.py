from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rushes.engines.base import Request
from tests.engines import contract
from tests.engines.driving import request_in
from tests.engines.fakes import ENGINES, FPS, HEIGHT, WIDTH, write_video
from tests.engines.provider import Provider, serving

GOOD = contract.Case(
    spec=ENGINES["Good"],
    request=lambda folder, seed: request_in(folder, seed=seed),
    long_request=lambda folder: request_in(folder, frames=1_000_000),
    bad_request=lambda folder: request_in(folder, frames=0),
)


@pytest.fixture
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    """A provider with a film of one second."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_video(path, [np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)], count=FPS)
    async with serving(path) as provider:
        yield provider


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_remote_fake_keeps_the_contract(
    check: contract.Check, provider: Provider, tmp_path: Path
) -> None:
    def ask(folder: Path, below: str) -> Request:
        return replace(request_in(folder), config={"url": f"{provider.url}/{below}"})

    case = contract.Case(
        spec=ENGINES["Remote"],
        request=lambda folder, _: ask(folder, "quick"),
        long_request=lambda folder: ask(folder, "slow"),
        bad_request=lambda folder: ask(folder, "bad"),
        begun=lambda: provider.submissions,
    )

    await check(case, tmp_path)


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_good_fake_keeps_the_contract(check: contract.Check, tmp_path: Path) -> None:
    await check(GOOD, tmp_path)
