from pathlib import Path

import pytest

from tests.engines import contract
from tests.engines.driving import request_in
from tests.engines.fakes import ENGINES

GOOD = contract.Case(
    spec=ENGINES["Good"],
    request=lambda folder, seed: request_in(folder, seed=seed),
    long_request=lambda folder: request_in(folder, frames=1_000_000),
    bad_request=lambda folder: request_in(folder, frames=0),
)


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_good_fake_keeps_the_contract(check: contract.Check, tmp_path: Path) -> None:
    await check(GOOD, tmp_path)
