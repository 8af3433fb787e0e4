"""What every engine must do, whatever it makes: run `CHECKS` on a `Case` of yours.

@pytest.mark.parametrize("check", contract.CHECKS, ids=contract.name_of)
async def test_motion_keeps_the_contract(check, tmp_path):
    await check(CASE, tmp_path)
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from rushes.domain.media import AssetRole
from rushes.engines.base import CancelSpeed, EventKind, Product, Request
from rushes.engines.child.limits import Limits
from rushes.engines.child.runner import ChildRunner
from rushes.engines.registry import EngineSpec, load
from rushes.errors import EngineCrashed, EngineRefused, Invalid
from tests.engines.driving import Killer, Watcher, kill_child, processes_in, working_in

GENEROUS_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """An engine and requests for it: each makes its inputs and works in the folder that it gets.

    `begun` tells of a resumable engine how often its work was begun from nothing.
    """

    spec: EngineSpec
    request: Callable[[Path, int], Request]
    long_request: Callable[[Path], Request]
    bad_request: Callable[[Path], Request]
    begun: Callable[[], int] | None = None


Check = Callable[[Case, Path], Awaitable[None]]


async def progress_is_monotone_and_ends_at_one(case: Case, folder: Path) -> None:
    watcher = Watcher()

    await _run(case, case.request(folder, 1), watcher=watcher)

    seen = [event.progress for event in watcher.events if event.progress is not None]
    assert all(earlier <= later for earlier, later in pairwise(seen))
    assert seen[-1] == 1.0
    assert all(0 <= progress <= 1 for progress in seen)


async def same_seed_makes_the_same_pictures(case: Case, folder: Path) -> None:
    first, second = _folders(folder, "first", "second")

    one = await _run(case, case.request(first, 7))
    other = await _run(case, case.request(second, 7))

    assert _pictures(one) == _pictures(other)


async def product_names_the_engine_and_has_what_the_pages_show(case: Case, folder: Path) -> None:
    product = await _run(case, case.request(folder, 1))

    engine = load(case.spec.target)
    assert (product.engine, product.engine_version) == (engine.name, engine.version)
    assert product.generative is engine.generative
    assert {AssetRole.OUTPUT, AssetRole.POSTER} <= {each.role for each in product.artifacts}
    assert product.artifacts[0].probe.thumbhash


async def spec_agrees_with_the_engine(case: Case, folder: Path) -> None:
    engine = load(case.spec.target)

    assert case.spec.name == engine.name
    assert case.spec.serves == engine.serves
    assert case.spec.generative is engine.generative


async def estimate_is_a_time(case: Case, folder: Path) -> None:
    assert load(case.spec.target).estimate(case.request(folder, 1)) > 0


async def cancel_stops_within_its_class(case: Case, folder: Path) -> None:
    watcher = Watcher()
    # An engine that is slow to stop may be killed; any other must see by itself that it is to stop.
    slow = load(case.spec.target).capabilities.cancel is not CancelSpeed.IMMEDIATE
    limits = Limits(grace_seconds=1.0 if slow else 10 * GENEROUS_SECONDS)
    run = asyncio.create_task(_run(case, case.long_request(folder), watcher=watcher, limits=limits))
    await watcher.until(EventKind.PROGRESS)

    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(GENEROUS_SECONDS):
            await run
    assert processes_in(folder) == []


async def later_attempt_goes_on_from_the_checkpoint(case: Case, folder: Path) -> None:
    if not load(case.spec.target).capabilities.resumable:
        pytest.skip("it begins anew each time")
    assert case.begun is not None
    first, second = _folders(folder, "first", "second")
    watcher = Watcher()
    run = asyncio.create_task(_run(case, case.long_request(first), watcher=watcher))
    await watcher.until(EventKind.CHECKPOINT)
    run.cancel()
    await asyncio.wait([run])
    begun = case.begun()

    saved = watcher.of(EventKind.CHECKPOINT)[-1].fields
    product = await _run(case, replace(case.request(second, 1), checkpoint=saved))

    assert product.artifacts
    assert case.begun() == begun


async def bad_input_is_refused_in_words(case: Case, folder: Path) -> None:
    with pytest.raises((EngineRefused, Invalid)) as refused:
        await _run(case, case.bad_request(folder))

    assert refused.value.retryable is False
    assert refused.value.message.endswith(".")


async def nothing_is_left_behind(case: Case, folder: Path) -> None:
    (workdir,) = _folders(folder, "work")
    request = case.request(workdir, 1)
    given = _files_in(workdir)

    product = await _run(case, request)

    assert _files_in(workdir) == given | {each.path for each in product.artifacts}
    assert processes_in(folder) == []


async def kill_at_any_moment_leaves_nothing_behind(case: Case, folder: Path) -> None:
    dice = random.Random(case.spec.name)

    # At the first word that the engine says, and at one that chance picks.
    for moment in (1, dice.randint(2, 6)):
        (workdir,) = _folders(folder, f"work-{moment}")
        with pytest.raises(EngineCrashed, match="SIGKILL") as crash:
            await _run(case, case.long_request(workdir), watcher=Killer(folder=workdir, moment=moment))

        assert crash.value.retryable
        assert processes_in(folder) == []


async def kill_after_the_last_frame_leaves_nothing_behind(case: Case, folder: Path) -> None:
    (workdir,) = _folders(folder, "work")
    request = case.request(workdir, 1)
    run = asyncio.create_task(_run(case, request))
    finishing = await working_in(request.workdir, "finish-")

    kill_child(finishing)

    with pytest.raises(EngineCrashed, match="SIGKILL") as crash:
        await run
    assert crash.value.retryable
    assert processes_in(folder) == []


CHECKS: list[Check] = [
    progress_is_monotone_and_ends_at_one,
    same_seed_makes_the_same_pictures,
    product_names_the_engine_and_has_what_the_pages_show,
    spec_agrees_with_the_engine,
    estimate_is_a_time,
    cancel_stops_within_its_class,
    later_attempt_goes_on_from_the_checkpoint,
    bad_input_is_refused_in_words,
    nothing_is_left_behind,
    kill_at_any_moment_leaves_nothing_behind,
    kill_after_the_last_frame_leaves_nothing_behind,
]


def name_of(check: Check) -> str:
    return getattr(check, "__name__", "check")


async def _run(
    case: Case, request: Request, *, watcher: Watcher | None = None, limits: Limits | None = None
) -> Product:
    runner = ChildRunner(engines={case.spec.name: case.spec}, limits=limits)
    return await runner.run(case.spec.name, request, on_event=watcher or Watcher())


def _folders(folder: Path, *names: str) -> list[Path]:
    folders = [folder / name for name in names]
    for each in folders:
        each.mkdir()
    return folders


def _files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


def _pictures(product: Product) -> str:
    """Return a digest of the output's decoded frames: a container may hold the time of its making."""
    digest = hashlib.sha256()
    with av.open(str(product.artifacts[0].path)) as file:
        for frame in file.decode(video=0):
            digest.update(frame.to_ndarray(format="rgb24").tobytes())
    return digest.hexdigest()
