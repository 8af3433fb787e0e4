"""What a person does on a whole site, step by step."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from playwright.async_api import Page, expect

from tests.journeys.site import address_of, home, rushes

SECONDS = 1000
EMAIL, PASSWORD = "ada@example.org", "correct horse battery"


@dataclass(frozen=True)
class WholeSite:
    """A site with its worker, as `rushes up` runs it."""

    address: str
    home: Path


@asynccontextmanager
async def whole_site(**environment: str) -> AsyncGenerator[WholeSite]:
    """Run `rushes up` in a folder of its own, with more settings in its environment."""
    with home() as folder:
        async with rushes("up", "--port", "0", "--home", str(folder), **environment) as process:
            yield WholeSite(address=await address_of(process), home=folder)


def write_samples(folder: Path) -> dict[str, Path]:
    """Write the two files that the package ships, by role."""
    found = {"reference": folder / "reference.png", "motion": folder / "motion.mp4"}
    for path in found.values():
        path.write_bytes((files("rushes.samples") / path.name).read_bytes())
    return found


async def sign_up(page: Page) -> None:
    """Make an account."""
    await page.goto("/register")
    await page.get_by_label("Email").fill(EMAIL)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()


async def sign_in(page: Page, *, email: str, then: str) -> None:
    """Sign in to an account that is there, on the way to a page."""
    await page.goto(f"/login?next={then}")
    await page.get_by_label("Email").fill(email)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"**{then}")


async def fill_in(page: Page, samples: dict[str, Path], *, title: str) -> None:
    """Fill in the form for a new job with two files, until they are there and it has its price."""
    await page.get_by_role("link", name="Create", exact=True).click()
    for role, path in samples.items():
        await page.locator(f"input[type=file]#{role}").set_input_files(path)
    await page.get_by_label("Title or prompt").fill(title)
    await expect(page.locator("[data-quote]")).to_contain_text("credits", timeout=60 * SECONDS)
