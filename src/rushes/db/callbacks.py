"""What providers far away report of attempts: written by the web, read by the worker that waits for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.callbacks import CallbackToken, Report, ReportKind
from rushes.domain.ids import Lease

_queries = load("callbacks")


class Taken(StrEnum):
    """What became of a report; only the first of these changed anything."""

    TAKEN = "taken"
    REPEATED = "repeated"
    ENDED = "ended"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A report and when it came."""

    report: Report
    received_at: datetime


async def report_attempt(tx: Tx, *, token: CallbackToken, report: Report) -> Taken:
    """Keep a report, if the token's attempt is under way and holds its lease by the database's clock."""
    answer = await _queries.report_attempt(
        tx,
        job_id=token.job_id,
        number=token.number,
        lease=token.lease,
        kind=report.kind,
        body=report.body(),
    )
    return Taken(answer)


async def list_reports(tx: Tx, *, lease: Lease) -> list[Received]:
    """Return what was said of an attempt: its latest progress and its end, as far as there are any."""
    return [
        Received(report=Report.of(ReportKind(row["kind"]), row["body"]), received_at=row["received_at"])
        async for row in _queries.list_reports(tx, lease=lease)
    ]
