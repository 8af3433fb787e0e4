"""`rushes admin lanes` and `rushes admin models`: what an operator sees of the queue and changes in it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from rushes.actions import lanes as actions
from rushes.cli.admin import operate
from rushes.db import lanes as store
from rushes.db.pool import Database
from rushes.domain.catalogue import Lane, LaneModel
from rushes.settings import Settings

_COUNTS = ("Cap", "Queued", "Backoff", "Running")


def show_lanes(settings: Settings, *, as_json: bool) -> None:
    """Print all lanes."""
    lanes = operate(settings, _list_lanes)
    if as_json:
        _print_json(lanes)
        return
    table = _table(["Lane", "State"], counts=[*_COUNTS, "Workers", "Slots"])
    for lane in lanes:
        table.add_row(lane.name, _state_of_lane(lane), *_counts(lane), str(lane.workers), str(lane.slots))
    Console().print(table)


def show_models(settings: Settings, *, as_json: bool) -> None:
    """Print all models."""
    models = operate(settings, _list_models)
    if as_json:
        _print_json(models)
        return
    table = _table(["Model", "Lane", "State"], counts=_COUNTS)
    for model in models:
        table.add_row(model.slug, model.lane, "open" if model.enabled else "not offered", *_counts(model))
    Console().print(table)


def pause(settings: Settings, *, name: str) -> None:
    """Pause a lane and say so."""
    lane = operate(settings, lambda database: actions.pause(database, name=name))
    print(f"The lane {lane.name} is paused. Queued: {lane.queued}, still running: {lane.processing}.")


def resume(settings: Settings, *, name: str) -> None:
    """Resume a lane and say so, and whether anybody serves it."""
    lane = operate(settings, lambda database: actions.resume(database, name=name))
    print(f"The lane {lane.name} is open. Queued: {lane.queued}, running: {lane.processing}.")
    if not lane.workers:
        print(f"No live worker serves it. Start one: rushes work --lanes {lane.name}")


def cap_lane(settings: Settings, *, name: str, cap: int | None) -> None:
    """Set the cap of a lane and say so."""
    lane = operate(settings, lambda database: actions.set_lane_cap(database, name=name, cap=cap))
    print(f"The lane {lane.name} {_says_of_cap(lane)}")


def cap_model(settings: Settings, *, slug: str, cap: int | None) -> None:
    """Set the cap of a model and say so."""
    model = operate(settings, lambda database: actions.set_model_cap(database, slug=slug, cap=cap))
    print(f"The model {model.slug} {_says_of_cap(model)}")


async def _list_lanes(database: Database) -> list[Lane]:
    async with database.transaction() as tx:
        return await store.list_lanes(tx)


async def _list_models(database: Database) -> list[LaneModel]:
    async with database.transaction() as tx:
        return await store.list_models(tx)


def _print_json(rows: Sequence[Lane] | Sequence[LaneModel]) -> None:
    print(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())


def _table(names: Sequence[str], *, counts: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True)
    for name in names:
        table.add_column(name, overflow="fold", no_wrap=name == "State")
    for name in counts:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _counts(row: Lane | LaneModel) -> tuple[str, ...]:
    cap = "none" if row.cap is None else str(row.cap)
    return cap, str(row.queued), str(row.backing_off), str(row.processing)


def _state_of_lane(lane: Lane) -> str:
    if lane.paused_at is None:
        return "open" if lane.workers else "no worker"
    minutes = int((datetime.now(UTC) - lane.paused_at).total_seconds() / 60)
    hours, minutes = divmod(max(0, minutes), 60)
    return f"paused {hours} h" if hours else f"paused {minutes} min"


def _says_of_cap(row: Lane | LaneModel) -> str:
    limit = "has no cap" if row.cap is None else f"runs at most {row.cap} at once"
    return f"{limit}. Running: {row.processing}, queued: {row.queued}."
