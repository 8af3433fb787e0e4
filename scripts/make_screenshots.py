"""Takes the pictures of the documentation from a running system: `python -m scripts.make_screenshots`.

It fills a demo of its own, which takes some minutes, and needs Debian's `chromium` and `fonts-inter`.
"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rushes.cli.demo import EMAIL

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
QUALITY = 82
READY = "The site runs until Ctrl-C."

ALL_PICTURES = """Promise.all([...document.images].map((image) => {
    image.loading = "eager"; // one that is out of sight would never be there
    return image.decode().catch(() => null);
}))"""

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Site:
    """A demo that runs, and how to sign in to it."""

    address: str
    password: str


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


@contextmanager
def demo() -> Generator[Site]:
    """Fill a demo in a folder of its own; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="rushes-pictures-", dir="/var/tmp") as folder:
        home = Path(folder)
        home.chmod(0o755)  # the low account of the database has to reach it
        command = [sys.executable, "-m", "rushes", "demo", "--fill", "--home", str(home), "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    print(line, end="")
                    if line.strip() == READY:
                        break
                own = home / "demo"
                yield Site(
                    address=(own / "address").read_text(), password=(own / "password").read_text().strip()
                )
            finally:
                process.terminate()


def take(browser: Browser, site: Site, shot: Shot) -> bytes:
    """Return a picture as PNG."""
    context = browser.new_context(
        base_url=site.address,
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.theme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"/login?next={shot.path}")
    page.get_by_label("Email").fill(EMAIL)
    page.locator("input[name=password]").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    if shot.act is not None:
        shot.act(page)
    page.evaluate(ALL_PICTURES)
    picture = page.screenshot()
    context.close()
    return picture


if __name__ == "__main__":
    main()
