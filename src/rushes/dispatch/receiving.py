"""Waiting for what a provider makes, and fetching it: what a stranger serves is measured like any upload."""

import asyncio
from pathlib import Path
from typing import Protocol

from rushes.domain.callbacks import Report, ReportKind
from rushes.engines.base import Callback, Event, EventKind, Hearer, Maker, Product, Request
from rushes.errors import EngineError, EngineTimeout, Invalid, OutputUnavailable, ProviderFailed, Unavailable
from rushes.outgoing.client import OutgoingClient

MIB = 1024 * 1024
MAX_OUTPUT_BYTES = 2048 * MIB
FETCH_SECONDS = 300.0


class Finisher(Protocol):
    """Makes a product of an untrusted output, within limits."""

    async def finish(self, output: Path, request: Request, maker: Maker, on_event: Hearer) -> Product:
        """Return the output, marked and signed as it has to be, and its previews.

        Raises:
            EngineError: The output cannot be used.
        """
        ...


async def receive(
    request: Request,
    *,
    client: OutgoingClient,
    finisher: Finisher,
    maker: Maker,
    on_event: Hearer,
    max_bytes: int = MAX_OUTPUT_BYTES,
) -> Product:
    """Wait until the provider reports the end of an attempt; return what it made, fetched and finished.

    Args:
        request: The run, with its `callback`; the files go into its `workdir`, which is made here.
        client: Fetches the output, from where it may.
        finisher: Measures, marks and signs it.
        maker: What the provider made it with.
        on_event: Hears the progress.
        max_bytes: The largest output.

    Raises:
        ProviderFailed: The provider reported a failure.
        EngineTimeout: It did not report an end within the request's time.
        EngineError: Nobody can report, or the output cannot be fetched or used.
    """
    if request.callback is None:
        raise EngineError("No provider can report here: set `public_url` for the workers.")
    try:
        async with asyncio.timeout(request.deadline_seconds):
            report = await _await_end(request.callback, on_event)
    except TimeoutError as error:
        raise EngineTimeout("The provider did not report an end in time.") from error
    if report.kind is ReportKind.FAILED or report.output_url is None:
        raise ProviderFailed(_reason(report))
    await asyncio.to_thread(request.workdir.mkdir, parents=True, exist_ok=True)
    output = request.workdir / "received"
    await _fetch(client, report.output_url, output, max_bytes=max_bytes)
    return await finisher.finish(output, request, maker, on_event)


async def _await_end(callback: Callback, on_event: Hearer) -> Report:
    while True:
        report = await callback.next()
        if report.kind is not ReportKind.PROGRESS:
            return report
        kind = EventKind.PROGRESS if report.progress_text is None else EventKind.STAGE
        on_event(Event(kind=kind, progress=(report.progress or 0) / 100, text=report.progress_text))


def _reason(report: Report) -> str:
    message = report.error_message or "The provider named no output."
    return message if report.error_code is None else f"{report.error_code}: {message}"


async def _fetch(client: OutgoingClient, url: str, path: Path, *, max_bytes: int) -> None:
    try:
        await client.download(url, path, seconds=FETCH_SECONDS, max_bytes=max_bytes)
    except Invalid as error:
        raise EngineError(f"The provider's output cannot be fetched. {error.message}") from error
    except Unavailable as error:
        raise OutputUnavailable(f"The provider's output cannot be fetched. {error.message}") from error
