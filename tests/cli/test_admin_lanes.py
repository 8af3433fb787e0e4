import json
from typing import Any

import pytest

from rushes.db.pool import Database
from tests.cli.conftest import Run
from tests.cli.test_help import LINES
from tests.factories import claim, fetch_value, make_job, make_viewer

INNER = [
    ["lanes", "pause"],
    ["lanes", "resume"],
    ["lanes", "cap"],
    ["models", "cap"],
]


def cells(table: str) -> list[list[str]]:
    """The rows of a printed table below its head, cell by cell."""
    return [line.split() for line in table.splitlines()[3:] if line.strip()]


async def read_lane(owner: Database) -> dict[str, Any]:
    return await fetch_value(owner, "SELECT to_jsonb(l) FROM lanes l WHERE name = 'cpu'")


@pytest.mark.parametrize("command", INNER, ids=" ".join)
def test_help_fits_a_screen_and_has_an_example(run: Run, command: list[str]) -> None:
    ended = run("admin", *command, "--help")

    assert ended.returncode == 0
    assert len(ended.stdout.splitlines()) <= LINES
    assert f"Example: rushes admin {' '.join(command)} " in ended.stdout


async def test_lanes_are_shown_in_a_table(
    run: Run, owner: Database, work: Database, database_url: str
) -> None:
    viewer = await make_viewer(owner, slots=10)
    await make_job(owner, viewer)
    await make_job(owner, viewer)
    await claim(work)

    ended = run("admin", "lanes", DATABASE_URL=database_url)

    assert ended.returncode == 0, ended.stderr
    assert cells(ended.stdout) == [["cpu", "open", "none", "1", "0", "1", "1", "1"]]


def test_lanes_are_told_to_programs(run: Run, database_url: str) -> None:
    ended = run("admin", "lanes", "--json", DATABASE_URL=database_url)

    assert json.loads(ended.stdout) == [
        {
            "name": "cpu",
            "paused_at": None,
            "cap": None,
            "queued": 0,
            "backing_off": 0,
            "processing": 0,
            "workers": 0,
            "slots": 0,
        }
    ]


def test_lane_without_a_worker_says_so(run: Run, database_url: str) -> None:
    ended = run("admin", "lanes", DATABASE_URL=database_url)

    assert cells(ended.stdout) == [["cpu", "no", "worker", "none", "0", "0", "0", "0", "0"]]


async def test_lane_is_paused_and_shown_as_such(run: Run, owner: Database, database_url: str) -> None:
    ended = run("admin", "lanes", "pause", "cpu", DATABASE_URL=database_url)

    shown = run("admin", "lanes", DATABASE_URL=database_url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "The lane cpu is paused. Queued: 0, still running: 0.\n"
    assert cells(shown.stdout)[0][:4] == ["cpu", "paused", "0", "min"]
    assert (await read_lane(owner))["paused_at"] is not None


async def test_lane_that_was_paused_for_long_is_shown_with_the_hours(
    run: Run, owner: Database, database_url: str
) -> None:
    await fetch_value(owner, "UPDATE lanes SET paused_at = now() - interval '3 days' RETURNING name")

    shown = run("admin", "lanes", DATABASE_URL=database_url)

    assert cells(shown.stdout)[0][:4] == ["cpu", "paused", "72", "h"]


async def test_table_cuts_nothing_off_a_long_name(run: Run, owner: Database, database_url: str) -> None:
    name = "x" * 63
    await fetch_value(owner, "INSERT INTO lanes (name, paused_at) VALUES ($1, now()) RETURNING name", name)

    shown = run("admin", "lanes", DATABASE_URL=database_url)

    assert shown.stdout.count("x") == len(name)
    assert "…" not in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


async def test_lane_is_resumed(run: Run, owner: Database, database_url: str) -> None:
    run("admin", "lanes", "pause", "cpu", DATABASE_URL=database_url)

    ended = run("admin", "lanes", "resume", "cpu", DATABASE_URL=database_url)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == (
        "The lane cpu is open. Queued: 0, running: 0.\n"
        "No live worker serves it. Start one: rushes work --lanes cpu\n"
    )
    assert (await read_lane(owner))["paused_at"] is None


@pytest.mark.parametrize(
    ("cap", "says", "kept"), [("4", "runs at most 4 at once", 4), ("none", "has no cap", None)]
)
async def test_lane_is_capped(
    run: Run, owner: Database, database_url: str, cap: str, says: str, kept: int | None
) -> None:
    await fetch_value(owner, "UPDATE lanes SET cap = 9 RETURNING name")

    ended = run("admin", "lanes", "cap", "cpu", cap, DATABASE_URL=database_url)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"The lane cpu {says}. Running: 0, queued: 0.\n"
    assert (await read_lane(owner))["cap"] == kept


@pytest.mark.parametrize("command", [("lanes", "cap", "cpu"), ("models", "cap", "motion")], ids=" ".join)
def test_cap_below_one_is_refused(run: Run, database_url: str, command: tuple[str, ...]) -> None:
    ended = run("admin", *command, "0", DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert ended.stderr == "rushes: cap: Give a number from 1 to 100000, or none for no cap.\n"


@pytest.mark.parametrize("cap", ["four", "1.5", "²", "9" * 5000])
def test_cap_that_is_no_number_is_a_wrong_call(run: Run, cap: str) -> None:
    ended = run("admin", "lanes", "cap", "cpu", cap)

    assert ended.returncode == 2
    assert "Invalid value for CAP" in ended.stderr


@pytest.mark.parametrize("command", [("pause", "gpu"), ("resume", "gpu"), ("cap", "gpu", "1")], ids=" ".join)
def test_unknown_lane_is_answered_with_those_that_exist(
    run: Run, database_url: str, command: tuple[str, ...]
) -> None:
    ended = run("admin", "lanes", *command, DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert ended.stderr == "rushes: There is no lane 'gpu'. The lanes are: cpu.\n"


@pytest.mark.parametrize(
    "command", [("lanes", "--json", "pause", "cpu"), ("models", "--home", "x", "cap", "motion", "1")]
)
async def test_option_of_the_list_is_not_passed_over_before_a_command(
    run: Run, owner: Database, database_url: str, command: tuple[str, ...]
) -> None:
    ended = run("admin", *command, DATABASE_URL=database_url)

    assert ended.returncode == 2
    assert "Options go after" in ended.stderr
    assert (await read_lane(owner))["paused_at"] is None


async def test_model_is_capped_and_shown_as_such(run: Run, owner: Database, database_url: str) -> None:
    await make_job(owner, await make_viewer(owner))

    ended = run("admin", "models", "cap", "motion", "2", DATABASE_URL=database_url)

    shown = run("admin", "models", DATABASE_URL=database_url)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "The model motion runs at most 2 at once. Running: 0, queued: 1.\n"
    assert ["motion", "cpu", "open", "2", "1", "0", "0"] in cells(shown.stdout)


async def test_models_are_told_to_programs_offered_or_not(
    run: Run, owner: Database, database_url: str
) -> None:
    title = await fetch_value(
        owner, "UPDATE models SET enabled = false WHERE slug = 'motion' RETURNING title"
    )

    ended = run("admin", "models", "--json", DATABASE_URL=database_url)

    assert [one for one in json.loads(ended.stdout) if not one["enabled"]] == [
        {
            "slug": "motion",
            "title": title,
            "lane": "cpu",
            "enabled": False,
            "cap": None,
            "queued": 0,
            "backing_off": 0,
            "processing": 0,
        }
    ]


def test_unknown_model_is_answered_with_those_that_exist(run: Run, database_url: str) -> None:
    ended = run("admin", "models", "cap", "sora", "none", DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert ended.stderr.startswith("rushes: There is no model 'sora'. The models are: animatic, ")


async def test_credits_are_granted(run: Run, owner: Database, database_url: str) -> None:
    viewer = await make_viewer(owner, credits_=100)
    email = f"{viewer.user_id}@example.org"

    ended = run("admin", "grant", email, "50", "--reason", "sorry for Monday", DATABASE_URL=database_url)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"Granted 50 credits to {email}; the balance is 150.\n"
    assert await fetch_value(owner, "SELECT reason FROM ledger WHERE amount = 50") == "sorry for Monday"


def test_wrong_amount_and_reason_are_both_named(run: Run, database_url: str) -> None:
    ended = run("admin", "grant", "ada@example.org", "0", "--reason", " ", DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert "amount: Give a whole number" in ended.stderr
    assert "reason: Use 1 to 200 characters." in ended.stderr


def test_grant_to_nobody_is_refused(run: Run, database_url: str) -> None:
    ended = run("admin", "grant", "ada@example.org", "1", "--reason", "test", DATABASE_URL=database_url)

    assert ended.returncode == 1
    assert ended.stderr == "rushes: There is no account with the address 'ada@example.org'.\n"


def test_grant_without_a_reason_is_a_wrong_call(run: Run) -> None:
    ended = run("admin", "grant", "ada@example.org", "1")

    assert ended.returncode == 2
    assert "--reason" in ended.stderr


def test_empty_database_asks_for_a_migration(run: Run, empty_database_url: str) -> None:
    ended = run("admin", "lanes", DATABASE_URL=empty_database_url)

    assert ended.returncode == 1
    assert "Run `rushes migrate`." in ended.stderr
