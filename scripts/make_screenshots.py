"""Takes the pictures of the documentation from a running system: `python -m scripts.make_screenshots`.

It fills a demo of its own, which takes some minutes. It needs Debian's `chromium`, `fonts-inter`,
`fonts-noto-cjk` and `fonts-noto-color-emoji`.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.demo_site import CHROMIUM, Site, demo, sign_in

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "images"
QUALITY = 82

ALL_PICTURES = """Promise.all([...document.images].map((image) => {
    image.loading = "eager"; // one that is out of sight would never be there
    return image.decode().catch(() => null);
}))"""

ALL_VIDEOS = """Promise.all([...document.querySelectorAll("video[src], video:has(source)")].map((video) => {
    video.preload = "auto"; // else some show that they load until they are played
    return video.readyState === 4 || new Promise((done) => video.addEventListener("canplaythrough", done));
}))"""

SPINNER_MS = 5000
"""The browser's sign that a video loads turns on for a while after it has loaded."""

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screenshot:
    """One picture: which page, how wide the window is in CSS pixels, and what is done before it is taken."""

    name: str
    path: str
    theme: Theme = "light"
    width: int = 1440
    height: int = 900
    act: Callable[[Page], object] | None = None


def open_details(page: Page) -> None:
    """Open the details of the newest completed job."""
    page.locator("[data-status=completed] a[data-dialog=sheet]").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def open_preview(page: Page) -> None:
    """Open the preview of the newest output."""
    page.locator(".tile.output a[data-preview-kind=video]").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


SCREENSHOTS = (
    Screenshot(name="jobs-light", path="/jobs", height=1200),
    Screenshot(name="jobs-dark", path="/jobs", theme="dark", height=1200),
    Screenshot(name="jobs-phone", path="/jobs", theme="dark", width=390, height=844),
    Screenshot(name="create", path="/create"),
    Screenshot(name="details", path="/jobs?status=completed", act=open_details),
    Screenshot(name="preview", path="/jobs?status=completed", theme="dark", act=open_preview),
    Screenshot(name="library", path="/library", theme="dark"),
    Screenshot(name="workspace", path="/workspace"),
    Screenshot(name="webhooks", path="/settings/webhooks"),
    Screenshot(name="admin", path="/admin"),
)


def main() -> None:
    """Write every picture over the one that is there."""
    PICTURES.mkdir(exist_ok=True)
    with demo() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for screenshot in SCREENSHOTS:
            path = PICTURES / f"{screenshot.name}.webp"
            Image.open(io.BytesIO(take(browser, site, screenshot))).save(path, quality=QUALITY, method=6)
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()


def take(browser: Browser, site: Site, screenshot: Screenshot) -> bytes:
    """Return a picture as PNG."""
    context = browser.new_context(
        base_url=site.address,
        viewport={"width": screenshot.width, "height": screenshot.height},
        color_scheme=screenshot.theme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, site, then=screenshot.path)
    if screenshot.act is not None:
        screenshot.act(page)
    page.evaluate(ALL_PICTURES)
    if page.evaluate(ALL_VIDEOS):
        page.wait_for_timeout(SPINNER_MS)
    picture = page.screenshot()
    context.close()
    return picture


if __name__ == "__main__":
    main()
