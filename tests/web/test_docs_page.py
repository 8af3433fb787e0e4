"""The page of the API loads nothing from elsewhere, and a browser finds nothing wrong with it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import async_playwright

from rushes.web.services import Services
from tests.web.site import served

CHROMIUM = "/usr/bin/chromium"


async def test_the_page_has_no_script_of_its_own_and_names_only_us(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text

    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert [url for url in named if not url.startswith("/")] == []


async def test_all_that_the_page_names_is_there(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text

    answers = [await client.get(url) for url in re.findall(r'(?:src|href)="([^"]+)"', page)]

    assert [answer.status_code for answer in answers] == [200] * 6


async def test_only_pictures_may_be_part_of_the_stylesheet(client: httpx.AsyncClient) -> None:
    usual = (await client.get("/healthz")).headers["content-security-policy"]

    policy = (await client.get("/docs")).headers["content-security-policy"]

    assert policy == usual.replace("img-src 'self'", "img-src 'self' data:")
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/docs/old/swagger-ui.css", "/docs/{version}/__init__.py", "/docs/x/y"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    page = (await client.get("/docs")).text
    version = re.findall(r"/docs/(\w+)/", page)[0]

    answer = await client.get(path.format(version=version))

    assert answer.status_code == 404


@pytest.fixture
async def address(services: Services) -> AsyncIterator[str]:
    async with served(services) as address:
        yield address


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium")
async def test_a_browser_shows_every_operation_without_a_word_of_complaint(
    address: str, tmp_path: Path
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        async with asyncio.timeout(120):
            await page.goto(f"{address}/docs")
            await page.locator(".opblock-tag").first.click()
            await page.locator(".opblock").first.wait_for()
            shown = await page.locator(".opblock-tag").count()
            await page.screenshot(path=tmp_path / "docs.png")
        await browser.close()

    assert shown > 5
    assert complaints == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
