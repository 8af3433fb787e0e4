"""Pages in a real browser, watched for what no page of ours may do."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request

from rushes.web.credentials import COOKIE
from tests.web.people import Person

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO_INSTALL = "There is no Chromium: apt-get install chromium fonts-inter"

DESKTOP, PHONE = 1440, 390
"""The widths, in CSS pixels, that every page is looked at in."""

Theme = Literal["light", "dark"]


def is_required() -> bool:
    """Tell whether a missing browser is a failure: it is where everything is checked."""
    return os.environ.get("CI") == "true"


@dataclass(frozen=True)
class Visitor:
    """Opens pages of one site."""

    browser: Browser
    address: str

    @asynccontextmanager
    async def page(
        self,
        person: Person | None = None,
        *,
        width: int = DESKTOP,
        theme: Theme = "light",
        allowed: tuple[str, ...] = (),
        **context: Any,
    ) -> AsyncGenerator[Page]:
        """Open a tab in a context of its own, signed in as `person`.

        At the end it is an error if a page wrote an error to the console (what the content security policy
        stops is one) or asked another site for something. `allowed` are parts of such messages that a test
        provokes.
        """
        opened = await self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme=theme,
            **context,
        )
        if person is not None:
            await opened.add_cookies([{"name": COOKIE, "value": person.token, "url": self.address}])
        problems: list[str] = []

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                problems.append(f"{message.text} ({message.location['url']})")

        def on_request(request: Request) -> None:
            if not request.url.startswith((self.address, "data:", "blob:")):
                problems.append(f"a request to {request.url}")

        opened.on("console", on_console)
        opened.on("weberror", lambda error: problems.append(str(error.error)))
        opened.on("request", on_request)
        yield await opened.new_page()
        await opened.close()
        unforeseen = [one for one in problems if not any(part in one for part in allowed)]
        assert not unforeseen, unforeseen


async def violations(page: Page) -> str:
    """What axe finds wrong with the page as it stands; empty if nothing."""
    axe: Any = Axe()  # the library has no types
    results = await axe.run(page)
    return results.generate_report() if results.violations_count else ""


async def sideways(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window."""
    root = "document.documentElement"
    return await page.evaluate(f"Math.max(0, {root}.scrollWidth - {root}.clientWidth)")


async def judge(page: Page) -> str:
    """What is wrong with the page as it stands; empty if nothing."""
    too_wide = await sideways(page)
    return await violations(page) + (f"{too_wide} px too wide" if too_wide else "")


async def load_pictures(page: Page) -> list[int]:
    """Wait for every picture, also those out of sight; return their widths, 0 for a broken one."""
    return await page.evaluate(
        """Promise.all([...document.images].map(async (image) => {
            image.loading = "eager";
            await image.decode().catch(() => null);
            return image.naturalWidth;
        }))"""
    )
