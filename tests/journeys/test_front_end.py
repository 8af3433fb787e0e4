"""The tutorial's page in a browser, served by another site than the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.journeys.site import address_of, home, rushes
from tests.outgoing.receiver import Receiver, Reply, receiving

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "examples" / "front-end" / "index.html"
API = "http://127.0.0.1:8000/api/v1"
CHROMIUM = "/usr/bin/chromium"
SECONDS = 1000

pytestmark = pytest.mark.slow


@asynccontextmanager
async def browsing() -> AsyncIterator[Page]:
    """A page of a real browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield await browser.new_page()
        await browser.close()


def serve_page(other_site: Receiver, address: str) -> None:
    """Have the other site answer with the page as somebody put it there who changed one line."""
    page = PAGE.read_text(encoding="utf-8").replace(API, f"{address}/api/v1")
    other_site.replies.append(Reply(headers={"Content-Type": "text/html"}, body=page.encode()))


async def sign_up(page: Page) -> None:
    await page.get_by_label("Email").fill("ada@example.org")
    await page.get_by_label("Password").fill("correct horse battery")
    await page.get_by_role("button", name="Sign up").click()


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium")
async def test_front_end_on_another_site_makes_and_plays_a_video() -> None:
    with home() as folder, as_file(files("rushes.samples")) as samples:
        async with receiving() as other_site, browsing() as page:
            origin = f"http://127.0.0.1:{other_site.port}"
            async with rushes("up", "--port", "0", "--home", str(folder), RUSHES_CORS_ORIGINS=origin) as site:
                serve_page(other_site, await address_of(site))
                await page.goto(f"{origin}/")
                await sign_up(page)
                await page.get_by_label("Picture").set_input_files(samples / "reference.png")
                await page.get_by_label("Motion").set_input_files(samples / "motion.mp4")
                await page.get_by_role("button", name="Generate").click()
                await expect(page.get_by_role("status")).to_have_text(
                    "Done, for 15 credits.", timeout=180 * SECONDS
                )
                await page.wait_for_function("document.querySelector('video').readyState >= 2")
                shown = await page.evaluate(
                    "(({videoWidth, duration}) => [videoWidth, duration])(document.querySelector('video'))"
                )
                progress = await page.evaluate("document.querySelector('progress').value")

    assert shown == [pytest.approx(854, abs=2), pytest.approx(3.0, abs=0.1)]
    assert progress == 100


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium")
async def test_front_end_of_a_site_that_was_not_named_is_kept_out() -> None:
    with home() as folder:
        async with (
            receiving() as other_site,
            browsing() as page,
            rushes("up", "--port", "0", "--home", str(folder)) as site,
        ):
            serve_page(other_site, await address_of(site))
            await page.goto(f"http://127.0.0.1:{other_site.port}/")
            await sign_up(page)
            status = page.get_by_role("status")
            await expect(status).to_have_text("Failed to fetch", timeout=60 * SECONDS)
            is_shut = await page.locator("#job").is_hidden()

    assert is_shut


def test_tutorial_shows_the_page_as_it_is() -> None:
    shown = (ROOT / "docs" / "tutorial" / "front-end.md").read_text(encoding="utf-8")

    assert f"```html\n{PAGE.read_text(encoding='utf-8')}```\n" in shown
