"""A demo that is filled and runs, for what looks at pages: pictures and measurements."""

import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from rushes.cli.demo import EMAIL

CHROMIUM = "/usr/bin/chromium"

_READY = "The site runs until Ctrl-C."


@dataclass(frozen=True, slots=True)
class Site:
    """A demo that runs, and how to sign in to it."""

    address: str
    password: str


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
                    if line.strip() == _READY:
                        break
                own = home / "demo"
                yield Site(
                    address=(own / "address").read_text(), password=(own / "password").read_text().strip()
                )
            finally:
                process.terminate()


def sign_in(page: Page, site: Site, *, then: str) -> None:
    """Sign in, and go on to a path of the site."""
    page.goto(f"/login?next={then}")
    page.get_by_label("Email").fill(EMAIL)
    page.locator("input[name=password]").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
