"""The engine of the page on writing one keeps the contract as it stands there."""

import re
from pathlib import Path

import pytest

from rushes.domain.jobs import JobType
from rushes.domain.options import TextToVideoOptions
from rushes.engines.base import Request
from rushes.engines.registry import EngineSpec
from tests.engines import contract

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "write-an-engine.md").read_text()
CODE = re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]


def request_in(workdir: Path, *, seed: int = 1, seconds: float = 1.0, prompt: str = "Dusk.") -> Request:
    return Request(
        job_type=JobType.TEXT_TO_VIDEO,
        prompt=prompt,
        options=TextToVideoOptions(seconds=seconds).model_dump(mode="json"),
        inputs={},
        workdir=workdir,
        seed=seed,
        deadline_seconds=60.0,
    )


@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_engine_of_the_page_keeps_the_contract(
    check: contract.Check, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path_factory.mktemp("package")
    (source / "fading.py").write_text(CODE)
    monkeypatch.syspath_prepend(source)
    case = contract.Case(
        spec=EngineSpec(
            name="fading",
            target="fading:FadingEngine",
            serves=frozenset({JobType.TEXT_TO_VIDEO}),
            generative=False,
            source=source,
        ),
        request=lambda folder, seed: request_in(folder, seed=seed),
        long_request=lambda folder: request_in(folder, seconds=60.0),
        bad_request=lambda folder: request_in(folder, prompt=""),
    )

    await check(case, tmp_path_factory.mktemp("runs"))


def test_engine_of_the_page_fits_on_it() -> None:
    assert len(CODE.splitlines()) <= 40
