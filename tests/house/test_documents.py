"""The documents say what the code says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_group

from rushes.cli.main import app
from rushes.domain.jobs import TRANSITIONS
from scripts.api_page import api_page
from scripts.make_reference import commands_page, errors_page, settings_page
from tests.house.sources import ROOT

INSTALL = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/rushes demo"
TEST = ".venv/bin/pip install '.[test]' && .venv/bin/pytest"
CHANGES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
DECISION_HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "Check"]

DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
ROOT_DOCUMENTS = sorted(ROOT.glob("*.md"))
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("command", [INSTALL, TEST])
def test_readme_has_the_command_on_a_line_of_its_own(command: str) -> None:
    lines = read("README.md").splitlines()

    assert lines.count(command) == 1


@pytest.mark.parametrize("page", ["docs/index.md", "docs/tutorial/first-video.md"])
def test_page_installs_as_the_readme_does(page: str) -> None:
    lines = read(page).splitlines()

    assert INSTALL in lines


def test_ci_runs_the_first_command_of_the_readme() -> None:
    pattern = re.search(r"grep -m 1 '(.+)' README\.md", read(".ci/run"))

    assert pattern is not None
    assert re.search(pattern[1], read("README.md"), re.MULTILINE)


def test_commands_named_in_the_documents_exist() -> None:
    named = set[str]().union(*(named_commands(path.read_text(encoding="utf-8")) for path in DOCUMENTS))

    assert named <= set(get_group(app).commands)


def test_reader_of_commands_notices_one() -> None:
    named = named_commands("Run `.venv/bin/rushes up`, then `rushes serve --port 1`. The rushes are green.")

    assert named == {"up", "serve"}


@pytest.mark.parametrize(
    ("name", "make"),
    [("api", api_page), ("commands", commands_page), ("errors", errors_page), ("settings", settings_page)],
)
def test_page_made_from_the_code_equals_the_code(name: str, make: Callable[[], str]) -> None:
    page = read(f"docs/reference/{name}.md")

    assert page == make(), "run scripts/check --fix"


def test_drawing_of_job_states_equals_the_table_of_transitions() -> None:
    drawn = drawn_transitions(read("docs/explanation/job-states.md"))

    assert drawn == {(str(start), str(end)) for start, ends in TRANSITIONS.items() for end in ends}


def test_table_of_job_states_equals_the_table_of_transitions() -> None:
    listed = listed_transitions(read("docs/explanation/job-states.md"))

    assert listed == {(str(start), str(end)) for start, ends in TRANSITIONS.items() for end in ends}


@pytest.mark.parametrize("reader", ["drawn", "listed"])
def test_reader_of_transitions_notices_a_missing_one(reader: str) -> None:
    page = read("docs/explanation/job-states.md")
    find = {"drawn": drawn_transitions, "listed": listed_transitions}[reader]
    cut = page.replace("    failed --> pending : retry by the owner\n", "").replace(
        "| `pending` |\n", "| |\n"
    )

    missing = find(page) - find(cut)

    assert missing == {("failed", "pending")}


def test_changelog_has_a_place_for_the_next_change() -> None:
    headings = [line for line in read("CHANGELOG.md").splitlines() if line.startswith("##")]

    assert headings[0] == "## [Unreleased]"
    assert headings[1] in {f"### {kind}" for kind in CHANGES}


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_decision_has_the_parts_of_the_template(decision: Path) -> None:
    headings = re.findall(r"^## (.+)$", decision.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings == DECISION_HEADINGS


@pytest.mark.parametrize("document", ROOT_DOCUMENTS, ids=lambda path: path.name)
def test_document_links_only_to_what_exists(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))

    missing = [target for target in targets if not (ROOT / target).exists()]

    assert not missing


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def named_commands(page: str) -> set[str]:
    """Return every subcommand of `rushes` in code."""
    return set(re.findall(r"(?:^|`|[┌│] |/bin/|run )rushes ([a-z]+)", page, re.MULTILINE))


def drawn_transitions(page: str) -> set[tuple[str, str]]:
    """Return the edges of the Mermaid drawing."""
    return set(re.findall(r"^ +(\w+) --> (\w+)", page, re.MULTILINE))


def listed_transitions(page: str) -> set[tuple[str, str]]:
    """Return the pairs of the table's first and last column."""
    rows = re.findall(r"^\| `(\w+)` \|[^|\n]+\|([^|\n]*)\|$", page.partition("## Attempts")[0], re.MULTILINE)
    return {(start, end) for start, ends in rows for end in re.findall(r"`(\w+)`", ends)}
