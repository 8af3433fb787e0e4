import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from rushes.cli.stopping import run_until_stopped


async def until_stop(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
    on_ready()
    await stop.wait()


async def end_at_once(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
    on_ready()


async def fail_at_once(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
    raise LookupError("the part is broken")


async def never_ready(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
    await stop.wait()


async def wait_for_ever(stop: asyncio.Event) -> None:
    await asyncio.Event().wait()


async def stop_at_once(stop: asyncio.Event) -> None:
    stop.set()


async def fail(stop: asyncio.Event) -> None:
    raise LookupError("the visit went wrong")


async def test_all_parts_end_when_the_event_is_set() -> None:
    await run_until_stopped([until_stop, until_stop], when_ready=stop_at_once)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_first_signal_asks_to_stop(number: signal.Signals) -> None:
    async def send_signal(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), number)
        await stop.wait()

    await run_until_stopped([until_stop], when_ready=send_signal)


async def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)

    await run_until_stopped([until_stop], when_ready=stop_at_once)

    assert signal.getsignal(signal.SIGTERM) == before


async def test_end_of_one_part_ends_the_others_and_the_visit() -> None:
    await run_until_stopped([end_at_once, until_stop], when_ready=wait_for_ever)


async def test_failure_of_one_part_ends_the_others_and_is_raised() -> None:
    ended: list[str] = []

    async def watch_the_end(*, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        await stop.wait()
        ended.append("in order")

    with pytest.raises(LookupError, match="the part is broken"):
        await run_until_stopped([fail_at_once, watch_the_end], when_ready=wait_for_ever)

    assert ended == ["in order"]


async def test_failure_of_the_visit_is_raised() -> None:
    with pytest.raises(LookupError, match="the visit went wrong"):
        await run_until_stopped([until_stop], when_ready=fail)


async def test_visit_waits_for_every_part() -> None:
    visits: list[str] = []

    async def note(stop: asyncio.Event) -> None:
        visits.append("came")

    await run_until_stopped([end_at_once, never_ready], when_ready=note)

    assert not visits
