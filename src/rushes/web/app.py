"""The web application: every route, what is around them, and the one connection that wakes them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI

from rushes.web import errors, health, media, openapi
from rushes.web.api import account, assets, auth, job_events, jobs, models
from rushes.web.limiting import RateLimits
from rushes.web.live import Live
from rushes.web.middleware.body_limit import BodyLimit
from rushes.web.middleware.request_log import RequestLog
from rushes.web.middleware.security_headers import SecurityHeaders
from rushes.web.pages import job_list, job_pages, live_cards, sessions, static, submitting
from rushes.web.pages.rendering import load_templates
from rushes.web.services import Services

API_PREFIX = "/api/v1"
STREAMED = (f"{API_PREFIX}/assets", "/jobs")
"""Where files arrive: their handlers count the bytes themselves."""

_API = (auth, account, models, assets, jobs, job_events)
_PAGES = (static, sessions, job_list, submitting, live_cards, job_pages)
"""In this order: the first route that matches an address answers it."""


def create_app(services: Services) -> FastAPI:
    """Return the ASGI application. It does not own the services: who opened the database closes it."""
    live = Live()
    app = FastAPI(
        title="Rushes",
        version="1",
        summary="The job platform behind an AI video or image product.",
        responses=errors.documented(422, 500, 503),
        generate_unique_id_function=openapi.operation_id,
        lifespan=_lifespan(services, live),
        openapi_url="/openapi.json",
        # The framework's pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services, app.state.live = services, live
    app.state.rate_limits = RateLimits(services.rates)
    app.state.templates = load_templates()
    errors.install(app)
    openapi.complete(app)
    app.include_router(_api_router())
    for module in (media, health, *_PAGES):
        app.include_router(module.router)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, streamed=STREAMED)
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders)
    return app


def _api_router() -> APIRouter:
    api = APIRouter(prefix=API_PREFIX)
    api.include_router(jobs.submissions)
    for module in _API:
        api.include_router(module.router)
    return api


def _lifespan(services: Services, live: Live) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        tasks = [
            asyncio.create_task(live.run(services.listen_url)),
            asyncio.create_task(_close_streams(services, live)),
        ]
        try:
            yield
        finally:
            live.close()
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)

    return lifespan


async def _close_streams(services: Services, live: Live) -> None:
    # The server waits for open answers before it ends the lifespan: so they must end first.
    await services.stopping.wait()
    live.close()
