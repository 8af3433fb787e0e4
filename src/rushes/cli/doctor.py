"""`rushes doctor`: says what is wrong with an installation, and how to mend it."""

import asyncio
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rushes.cli.checks import Finding, State, check_database, check_machine
from rushes.cli.database import reach
from rushes.cli.logs import set_up_logs
from rushes.errors import EmbeddedDatabaseError
from rushes.settings import LogSettings, Settings

_MARKS = {
    State.OK: Text("✓ ok", style="green"),
    State.WRONG: Text("✗ wrong", style="bold red"),
    State.SKIPPED: Text("– skipped", style="yellow"),
}


def doctor(settings: Settings) -> bool:
    """Check everything, print what was found, and tell whether all is well."""
    set_up_logs(LogSettings(level="error", format=settings.log.format))
    findings = _examine(settings)
    Console().print(_table(findings))
    wrong = sum(finding.state is State.WRONG for finding in findings)
    print("All is well." if not wrong else f"{wrong} of {len(findings)} checks found something wrong.")
    return not wrong


def _examine(settings: Settings) -> list[Finding]:
    try:
        with reach(settings) as database:
            return asyncio.run(_check_all(settings, database.url))
    except EmbeddedDatabaseError as error:
        finding = Finding(subject="database", state=State.WRONG, detail=error.message)
        return [finding, *asyncio.run(check_machine(settings))]


async def _check_all(settings: Settings, url: str) -> list[Finding]:
    return [*await check_database(settings, url), *await check_machine(settings)]


def _table(findings: Iterable[Finding]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Check", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("What was found, and what to do")
    for finding in findings:
        words = Text(finding.detail)
        if finding.mend:
            words.append(f"\n→ {finding.mend}", style="bold")
        table.add_row(finding.subject, _MARKS[finding.state], words)
    return table
