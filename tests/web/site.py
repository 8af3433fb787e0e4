"""The application running in the ways that tests need it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from rushes.cli.web_server import address_of, open_listener, serve
from rushes.web.app import create_app
from rushes.web.services import Services

HTML = {"Accept": "text/html"}


@asynccontextmanager
async def started(services: Services) -> AsyncIterator[FastAPI]:
    """The application after its start and before its end."""
    app = create_app(services)
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def visiting(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that nobody is signed in with, without a socket between."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rushes.test") as client:
        yield client


@asynccontextmanager
async def served(services: Services, *, port: int = 0) -> AsyncIterator[str]:
    """The address of a real server, whose end is checked."""
    ready = asyncio.Event()
    with open_listener("127.0.0.1", port) as listener:
        serving = asyncio.create_task(
            serve(create_app(services), listener, stop=services.stopping, on_ready=ready.set)
        )
        try:
            async with asyncio.timeout(30):
                await ready.wait()
            yield address_of(listener)
        finally:
            services.stopping.set()
            await serving
