"""The files of jobs as a browser plays, previews and shares them."""

import math

import pytest
from playwright.async_api import expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from tests.browser.browsing import DESKTOP, PHONE, Theme, Visitor, sideways, violations
from tests.browser.shown import make_shown_job
from tests.web.people import Person, make_queued_job

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THEMES: tuple[Theme, ...] = ("light", "dark")
HEIGHT = 844
SHOWN = "dialog.preview .stage > :first-child"
STEP = """(video) => new Promise((done) => {
    video.onseeked = () => done(video.currentTime);
    video.dispatchEvent(new KeyboardEvent("keydown", { key: ".", bubbles: true }));
})"""
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


async def test_a_tile_plays_while_it_is_pointed_at(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        video = page.locator(".tile video")

        await page.hover(".tile.output a")

        await expect(video).to_have_attribute("src", f"/jobs/{job.id}/media/preview")
        assert await video.evaluate("(video) => video.muted && video.loop && video.playsInline")
        await expect(video).not_to_have_js_property("currentTime", 0)
        await page.hover("h1")
        await expect(video).to_have_count(0)


async def test_a_tile_keeps_still_for_who_wants_that(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada, reduced_motion="reduce") as page:
        await page.clock.install()
        await page.goto("/jobs")
        video = page.locator(".tile video")

        await page.hover(".tile.output a")
        await page.clock.run_for(1_000)
        await expect(video).to_have_count(0)
        await page.emulate_media(reduced_motion="no-preference")
        await page.evaluate("localStorage.setItem('rushes.hover', 'off')")
        await page.hover(".tile.src a")
        await page.clock.run_for(1_000)

        await expect(video).to_have_count(0)


async def test_a_picture_that_does_not_load_leaves_its_icon(
    visitor: Visitor, ada: Person, owner: Database
) -> None:
    await make_queued_job(owner, ada)
    async with visitor.page(ada, allowed=("404",)) as page:
        await page.goto("/jobs")

        await expect(page.locator(".tile.ref img")).to_have_count(0)
        await expect(page.locator(".tile.ref a .icon")).to_be_visible()


async def test_files_are_previewed_one_after_the_other(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada, prompt="An owl")
    await make_shown_job(owner, work, storage, ada, prompt="A fox")
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        caption = page.locator('[data-preview="caption"]')

        await page.locator(".tile.src a").first.click()
        await expect(caption).to_have_text("SRC · A fox")
        assert await page.locator(SHOWN).evaluate("(video) => video.autoplay && video.controls")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowRight")

        await expect(caption).to_have_text("REF · An owl")
        await expect(page.locator(SHOWN)).to_have_js_property("localName", "img")
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)
        await expect(page.locator(".tile.ref a").last).to_be_focused()


async def test_a_film_is_looped_and_stepped_through(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        await page.click(".tile.output a")
        film = page.locator(SHOWN)
        await page.click('[data-preview="loop"]')
        assert await film.evaluate("(video) => video.loop")
        first = await film.evaluate(STEP)

        second = await film.evaluate(STEP)

        assert await film.evaluate("(video) => video.paused")
        assert second - first == pytest.approx(1 / 8, abs=1e-3)


async def test_the_output_is_compared_with_the_reference_by_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada, prompt="A fox 🦊 " * 100)
    async with visitor.page(ada) as page:
        over = page.locator(".stage .over")
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            for width in (DESKTOP, PHONE, 360):
                await page.set_viewport_size({"width": width, "height": HEIGHT})
                await page.goto("/jobs")
                await page.click(".tile.output a")
                await page.click('[data-preview="compare"]')
                await expect(over).to_have_css("clip-path", "inset(0px 50% 0px 0px)")

                await page.locator('[data-preview="share"]').press("ArrowRight")

                await expect(over).to_have_css("clip-path", "inset(0px 49% 0px 0px)")
                assert await violations(page) == ""
                assert await sideways(page) == 0
                tall = await page.locator(".stage").evaluate("(stage) => stage.offsetHeight")
                assert tall <= math.ceil(0.7 * HEIGHT)


async def test_a_preview_over_the_details_leads_back_to_them(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        await page.click(".card h2 a")
        await page.click("dialog.sheet .tile.output a")
        await expect(page.locator("dialog.preview")).to_be_visible()

        await page.keyboard.press("Escape")

        await expect(page.locator("dialog.preview")).to_have_count(0)
        await expect(page.locator("dialog.sheet .tile.output a")).to_be_focused()


async def test_a_share_link_is_copied(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada, permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.goto("/jobs")

        await page.click("[data-copy-link]")

        await expect(page.locator(".toast")).to_have_text("Link copied")
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{visitor.address}/v/{job.short_id}"


async def test_without_a_clipboard_the_link_is_there_to_be_selected(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.add_init_script(NO_CLIPBOARD)
        await page.goto("/jobs")

        await page.click("[data-copy-link]")

        field = page.locator("dialog input")
        await expect(field).to_have_value(f"{visitor.address}/v/{job.short_id}")
        await expect(field).to_be_focused()
        assert await page.evaluate("getSelection().toString()") == await field.input_value()
        assert await violations(page) == ""
