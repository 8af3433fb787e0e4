"""The web application: every route, what is around them, and the one connection that wakes them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import FastAPI

from rushes.outgoing.client import OutgoingClient
from rushes.web import certificates, docs_page, errors, health, media, media_uploads, metrics, openapi
from rushes.web.api import (
    account,
    assets,
    auth,
    callbacks,
    groups,
    job_changes,
    job_details,
    job_events,
    jobs,
    library,
    models,
    own_metrics,
    projects,
    prompts,
    shares,
    sockets,
    submissions,
    user_events,
    webhooks,
    workspace_sessions,
)
from rushes.web.api.admin import routes as admin
from rushes.web.cors import let_in
from rushes.web.hub import Hub
from rushes.web.limiting import RateLimits
from rushes.web.live import Live
from rushes.web.metrics import Metrics
from rushes.web.middleware.body_limit import BodyLimit
from rushes.web.middleware.body_patience import BodyPatience
from rushes.web.middleware.detaching import Detaching
from rushes.web.middleware.request_log import RequestLog
from rushes.web.middleware.request_metrics import RequestMetrics
from rushes.web.middleware.security_headers import SecurityHeaders
from rushes.web.openai import routes as openai
from rushes.web.pages.rendering import load_templates
from rushes.web.pages.routes import PAGES
from rushes.web.services import Services

API_PREFIX = "/api/v1"
STREAMED = (f"{API_PREFIX}/assets", "/create", f"{media_uploads.PREFIX}/", *openai.STREAMED)
"""Where files arrive: their handlers count the bytes themselves."""

# A request tries them in this order: so what is asked for most stands first.
_API = (
    submissions,
    jobs,
    auth,
    account,
    own_metrics,
    models,
    assets,
    job_details,
    job_events,
    user_events,
    sockets,
    webhooks,
    callbacks,
    job_changes,
    shares,
    library,
    projects,
    workspace_sessions,
    groups,
    prompts,
    admin,
)


def create_app(services: Services) -> FastAPI:
    """Return the ASGI application. It does not own the services: who opened the database closes it."""
    live = Live()
    hub = Hub(services.database, streams_per_user=services.streams_per_user, keep_alive=services.keep_alive)
    app = FastAPI(
        title="Rushes",
        version="1",
        summary="The job platform behind an AI video or image product.",
        responses=errors.documented(422, 500, 503),
        generate_unique_id_function=openapi.operation_id,
        lifespan=_lifespan(services, live, hub),
        # The framework writes the document anew for each request, and its pages load scripts from elsewhere.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services, app.state.live, app.state.hub = services, live, hub
    app.state.rate_limits = RateLimits(services.rates)
    app.state.outgoing = OutgoingClient(allow_private=services.webhooks_allow_private)
    app.state.templates = load_templates()
    app.state.metrics = Metrics(services.database, fresh=services.metrics_fresh)
    errors.install(app)
    openapi.complete(app)
    app.state.document = openapi.Document(app)
    for module in _API:
        app.include_router(module.router, prefix=API_PREFIX)
    for module in (openai, media_uploads, media, health, metrics, certificates, docs_page, *PAGES):
        app.include_router(module.router)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, streamed=STREAMED)
    app.add_middleware(BodyPatience, patience=services.body_patience)
    app.add_middleware(RequestLog)
    app.add_middleware(RequestMetrics, instruments=app.state.metrics.http)
    let_in(app, services.cors_origins)
    presigner = services.storage.presigner
    app.add_middleware(SecurityHeaders, media_origin=None if presigner is None else presigner.origin)
    app.add_middleware(Detaching)
    return app


def _lifespan(
    services: Services, live: Live, hub: Hub
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        tasks = [
            asyncio.create_task(live.run(services.listen_url, hub)),
            asyncio.create_task(hub.run()),
            asyncio.create_task(_close_streams(services, live, hub)),
        ]
        try:
            yield
        finally:
            live.close()
            hub.close()
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
            await app.state.outgoing.aclose()

    return lifespan


async def _close_streams(services: Services, live: Live, hub: Hub) -> None:
    # The server waits for open answers before it ends the lifespan: so they must end first.
    await services.stopping.wait()
    live.close()
    hub.close()
