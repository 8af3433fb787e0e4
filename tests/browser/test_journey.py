"""One person's way through the pages of a whole site: real server, database, worker and media."""

import asyncio
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.browsing import Visitor
from tests.browser.steps import SECONDS, WholeSite, fill_in, sign_up, whole_site, write_samples
from tests.journeys.site import rushes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CYAN = """() => {
    const probe = document.createElement("i");
    probe.style.color = "var(--cyan)";
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
}"""
"""The colour of outputs as a browser writes it."""


async def generate(page: Page, samples: dict[str, Path]) -> None:
    """Make a job of the samples; the price follows the options."""
    await fill_in(page, samples, title="Ada waves 👋")
    offer = page.locator("[data-quote]")
    await expect(offer).to_contain_text("15 credits")
    await page.get_by_label("Resolution").select_option("720p")
    await expect(offer).to_contain_text("30 credits")
    await page.get_by_label("Resolution").select_option("480p")
    await expect(offer).to_contain_text("15 credits")
    await page.get_by_role("button", name="Generate").click()
    await expect(page.locator("#toasts")).to_contain_text("submitted")


async def watch(page: Page) -> None:
    """See the card move to its end without a new page."""
    await page.get_by_role("link", name="Jobs", exact=True).click()
    card = page.get_by_role("article", name="Ada waves")
    await expect(card.locator(".badge")).to_contain_text("Processing", timeout=60 * SECONDS)
    await page.evaluate("window.stays = true")
    first = await card.locator("progress[data-percent]").last.get_attribute("value")
    await expect(card.locator("progress[data-percent]").last).not_to_have_attribute("value", first or "")
    await expect(card.locator(".badge")).to_contain_text("Completed", timeout=120 * SECONDS)
    await expect(card.locator(".tile.output img")).to_be_visible()
    cyan = await page.evaluate(CYAN)
    await expect(card.locator(".tile.output")).to_have_css("box-shadow", f"{cyan} 0px 0px 0px 2px")
    assert await page.evaluate("window.stays"), "the page was loaded anew"


async def look(page: Page) -> None:
    """Play the preview under the pointer, then the whole, and come back."""
    output = page.locator(".tile.output a")
    await output.hover()
    await expect(page.locator(".tile.output video")).to_be_visible()
    await output.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("video")).to_be_visible()
    await dialog.get_by_role("button", name="Compare").click()
    await expect(dialog.get_by_role("button", name="Compare")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("ArrowLeft")
    await expect(dialog).to_contain_text("SRC")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert await page.evaluate("document.activeElement.matches('.tile a')")


async def share(page: Page, visitor: Visitor) -> None:
    """Copy a link without a clipboard, open it as a stranger, and take it back."""
    await page.get_by_role("link", name="Copy Link").click()
    field = page.get_by_role("dialog").get_by_label("Text to copy")
    await expect(field).to_be_focused()
    link = await field.input_value()
    await page.keyboard.press("Escape")
    async with visitor.page(allowed=("410",)) as stranger:
        await stranger.goto(link)
        await stranger.evaluate("document.querySelector('video').play()")
        await page.goto(link)
        await page.get_by_role("button", name="Revoke link").click()
        gone = await stranger.goto(link)
        assert gone is not None
        assert gone.status == 410


async def extend(page: Page) -> None:
    """Make the film longer from its card: the new job says what it was made from."""
    await page.goto("/jobs")
    await page.get_by_label("Make something of it").click()
    await page.get_by_role("link", name="Extend").click()
    await expect(page.locator("[data-quote]")).to_contain_text("credits")
    await page.get_by_role("button", name="Generate").click()
    await expect(page.locator("#toasts")).to_contain_text("submitted")
    await page.get_by_role("link", name="Jobs", exact=True).click()
    longer = page.locator("article.card").first
    await expect(longer.locator(".badge")).to_contain_text("Completed", timeout=120 * SECONDS)
    await longer.get_by_role("link", name="Details").click()
    chain = page.get_by_role("dialog").locator("[data-part=chain]")
    await expect(chain).to_contain_text("Image in motion")
    await chain.get_by_role("link").click()
    await expect(page.locator("[data-part=chain]")).to_contain_text("Extended video")


async def keep(page: Page) -> None:
    """Star the video in the library, and fetch all that is there."""
    await page.goto("/library")
    await expect(page.locator(".pick")).to_have_count(2)
    for pick in await page.locator(".pick").all():
        await pick.check()
    star = page.locator("main").get_by_role("button", name="Star").first
    await star.click()
    await expect(star).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".pick:checked")).to_have_count(2)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download ZIP").click()
    with zipfile.ZipFile(await (await download.value).path()) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 2


async def stored_at(page: Page, address: str) -> str:
    """Where a lasting address leads: the signed one of the file itself, which outlives its job."""
    return (await page.request.get(address, max_redirects=0)).headers["location"]


async def delete(page: Page, site: WholeSite) -> None:
    """Delete the job: the question, the toast, an empty list, and files that are gone."""
    await page.goto("/jobs")
    tiles = await page.get_by_role("article", name="Ada waves").locator(".tile a").all()
    stored = [await stored_at(page, await tile.get_attribute("href") or "") for tile in tiles]
    assert [(await page.request.get(address)).status for address in stored] == [200, 200, 200]
    await page.get_by_role("link", name="Delete", exact=True).last.click()
    question = page.get_by_role("alertdialog")
    await expect(question.get_by_role("link", name="Keep it")).to_be_focused()
    await question.get_by_role("button", name="Delete job").click()
    await expect(page.locator("#toasts")).to_contain_text("deleted")
    await expect(page.get_by_role("article", name="Ada waves")).to_have_count(0)
    # The site's own worker prunes every few minutes, a new one at once.
    async with rushes("work", "--home", str(site.home), "--lanes", "nothing-here"), asyncio.timeout(60):
        for address in stored:
            while (await page.request.get(address)).status != 404:
                pass


async def test_somebody_makes_shares_keeps_and_deletes_a_video(chromium: Browser, tmp_path: Path) -> None:
    async with whole_site() as site:
        visitor = Visitor(chromium, site.address)
        async with visitor.page(allowed=("410",)) as page:
            await page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
            await sign_up(page)
            await generate(page, write_samples(tmp_path))
            await watch(page)
            await look(page)
            await share(page, visitor)
            await extend(page)
            await keep(page)
            await delete(page, site)
