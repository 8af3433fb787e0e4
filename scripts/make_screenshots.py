"""Takes the pictures of the documentation from a running system: `python -m scripts.make_screenshots`.

It fills a demo of its own, which takes some minutes, and needs Debian's `chromium` and `fonts-inter`.
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

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
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


SHOTS = (
    Shot(name="jobs-light", path="/jobs"),
    Shot(name="jobs-dark", path="/jobs", theme="dark"),
    Shot(name="jobs-phone", path="/jobs", theme="dark", width=390, height=844),
    Shot(name="create", path="/create"),
    Shot(name="details", path="/jobs?status=completed", act=open_details),
    Shot(name="preview", path="/jobs?status=completed", theme="dark", act=open_preview),
    Shot(name="library", path="/library", theme="dark"),
    Shot(name="workspace", path="/workspace"),
    Shot(name="webhooks", path="/settings/webhooks"),
    Shot(name="admin", path="/admin"),
)


def main() -> None:
    """Write every picture over the one that is there."""
    PICTURES.mkdir(exist_ok=True)
    with demo() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for shot in SHOTS:
            path = PICTURES / f"{shot.name}.webp"
            Image.open(io.BytesIO(take(browser, site, shot))).save(path, quality=QUALITY, method=6)
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()


def take(browser: Browser, site: Site, shot: Shot) -> bytes:
    """Return a picture as PNG."""
    context = browser.new_context(
        base_url=site.address,
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.theme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, site, then=shot.path)
    if shot.act is not None:
        shot.act(page)
    page.evaluate(ALL_PICTURES)
    picture = page.screenshot()
    context.close()
    return picture


if __name__ == "__main__":
    main()
