"""The catalogue of events names what the code logs, and nothing else."""

import ast
import re
from collections.abc import Iterator

from rushes.domain.jobs import JobStatus
from tests.house.sources import ROOT, Source, sources

LEVELS = {"debug", "info", "warning", "error", "exception"}
JOB_SECTION, _, LOG_SECTION = (
    (ROOT / "docs/reference/events.md").read_text("utf-8").partition("## Log events")
)


def test_every_logged_event_is_in_the_catalogue() -> None:
    logged = {name for source in sources("src/rushes") for name in logged_events(source)}

    assert logged == listed(LOG_SECTION)


def test_every_state_has_its_job_event() -> None:
    assert listed(JOB_SECTION) == {f"job.{status}" for status in JobStatus}


def test_reader_of_logs_notices_an_event() -> None:
    sample = Source(
        ROOT / "sample.py", '_log.bind(a=1).warning("thing.happened", b=2)\nother.run("no.event")'
    )

    assert set(logged_events(sample)) == {"thing.happened"}


def logged_events(source: Source) -> Iterator[str]:
    """Return the first argument of each call of a logger."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=level, value=logger), args=[ast.Constant(value=str(name)), *_]
            ):
                if level in LEVELS and "log" in ast.unparse(logger):
                    yield name


def listed(section: str) -> set[str]:
    """Return the names in the first column of a table."""
    return set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", section, re.MULTILINE))
