"""What Prometheus scrapes: this process's requests, and the jobs and workers of the whole installation."""

import asyncio
import hmac
import ipaddress
import time
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from rushes.db import metrics
from rushes.db.pool import Database
from rushes.errors import Denied, Unauthenticated, Unavailable
from rushes.web.deps import Wired
from rushes.web.instruments import BOUNDS, FleetInstruments, HttpInstruments, Snapshot, make_registry

router = APIRouter(include_in_schema=False)

SETTLED = timedelta(seconds=10)
"""How old an ending is when it is counted: it is dated by the begin of its transaction."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_AN_HOUR = timedelta(hours=1)


class Metrics:
    """The instruments of a web process, and when it last asked the database."""

    def __init__(self, database: Database, *, fresh: timedelta, settled: timedelta = SETTLED) -> None:
        """Begin at nothing; within `fresh` the database is asked once, for endings older than `settled`."""
        self._database = database
        self._fresh, self._settled = fresh, settled
        self._fleet = FleetInstruments()
        self._registry = make_registry(self._fleet)
        self._asked_at: float | None = None
        self._counted_until: datetime | None = None
        self._lock = asyncio.Lock()
        self.http = HttpInstruments(self._registry)

    async def expose(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        async with self._lock:
            if self._asked_at is None or time.monotonic() - self._asked_at >= self._fresh.total_seconds():
                await self._refresh()
        return generate_latest(self._registry)

    async def _refresh(self) -> None:
        try:
            async with self._database.transaction() as tx:
                until = await metrics.get_time(tx) - self._settled
                since = self._counted_until or until
                ended = await metrics.count_ended(tx, since=since, until=until, bounds=BOUNDS)
                unsuccessful = await metrics.count_unsuccessful(tx, since=since, until=until)
                snapshot = Snapshot(
                    active=await metrics.count_active(tx),
                    deliveries=await metrics.count_deliveries(tx, since=until - _AN_HOUR),
                    workers=await metrics.count_workers(tx),
                )
        except Unavailable:
            self._fleet.snapshot = None
            return
        # Only now: what a lost connection cut short is counted the next time.
        self._fleet.add(ended, unsuccessful)
        self._fleet.snapshot, self._counted_until = snapshot, until
        self._asked_at = time.monotonic()


@router.get("/metrics")
async def scrape(request: Request, services: Wired) -> Response:
    """Return the metrics to who has the token, or without one to this machine alone."""
    _require_scraper(request, services.metrics_token)
    measured: Metrics = request.app.state.metrics
    return Response(await measured.expose(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _require_scraper(request: Request, token: str | None) -> None:
    if token is None:
        if not _is_local(request):
            raise Denied("Set a metrics token to read this from another machine.")
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Unauthenticated


def _is_local(request: Request) -> bool:
    # A proxy on this machine asks for somebody else.
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
