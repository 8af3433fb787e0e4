"""The page of jobs as a browser shows it."""

import re

import pytest
from playwright.async_api import expect

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.storage.store import Storage
from tests.browser.browsing import DESKTOP, PHONE, Theme, Visitor, judge, load_pictures
from tests.browser.shown import make_shown_job, store_files
from tests.factories import fetch_value, make_bare_job, make_post_model
from tests.web.finished_jobs import make_failed_job
from tests.web.people import Person, make_queued_job

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROW = 360
LOOKS: list[tuple[Theme, int]] = [
    ("light", DESKTOP),
    ("dark", DESKTOP),
    ("light", PHONE),
    ("dark", PHONE),
    ("dark", NARROW),
]
"""Every look that a page is judged in."""


async def test_jobs_are_shown_to_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_post_model(owner)
    await make_shown_job(owner, work, storage, ada, prompt="A fox 🦊 under the northern lights")
    failed = await make_failed_job(owner, work, ada, prompt="word " * 200)
    queued = await make_queued_job(owner, ada)
    for job in (failed, queued):
        await store_files(owner, storage, job)
    found: dict[tuple[str, int], str] = {}

    for theme, width in LOOKS:
        async with visitor.page(ada, width=width, theme=theme) as page:
            await page.goto("/jobs")
            await expect(page.locator(".card")).to_have_count(3)
            await page.locator(".card .pick").first.check()
            await page.locator(".menu summary").first.click()
            found[theme, width] = await judge(page)

    assert found == dict.fromkeys(LOOKS, "")


async def test_a_job_is_shown_to_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada, prompt="word " * 200)
    found: dict[tuple[str, int], str] = {}

    for theme, width in LOOKS:
        async with visitor.page(ada, width=width, theme=theme) as page:
            await page.goto(f"/jobs/{job.id}")
            await page.locator(".try summary").click()
            pictures = await load_pictures(page)
            found[theme, width] = await judge(page)
            assert all(pictures)

    assert found == dict.fromkeys(LOOKS, "")


async def test_dialogs_are_for_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada)
    found: dict[tuple[str, int], str] = {}

    for theme, width in LOOKS:
        async with visitor.page(ada, width=width, theme=theme) as page:
            await page.goto("/jobs")
            for opener in ("Details", "Delete"):
                await page.get_by_role("link", name=opener).click()
                await expect(page.locator("dialog[open]")).to_be_visible()
                found[f"{theme} {opener}", width] = await judge(page)
                await page.keyboard.press("Escape")
                await expect(page.locator("dialog[open]")).to_have_count(0)

    assert [wrong for wrong in found.values() if wrong] == []


async def test_keys_lead_through_the_jobs(visitor: Visitor, ada: Person, owner: Database) -> None:
    older, newer = [await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED) for _ in range(2)]
    async with visitor.page(ada) as page:
        await page.goto("/jobs")

        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await expect(page.locator(f"#job-{newer} h2 a")).to_be_focused()
        await page.keyboard.press("j")
        await expect(page.locator(f"#job-{older} h2 a")).to_be_focused()
        await page.keyboard.press("k")
        await page.keyboard.press("d")
        await expect(page.get_by_role("alertdialog").get_by_text("Keep it")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.keyboard.press("Enter")
        await expect(page.locator("dialog.sheet .details")).to_have_attribute("data-job", str(newer))
        await page.keyboard.press("Escape")
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await page.keyboard.type("j?")
        await expect(page.get_by_role("searchbox")).to_have_value("j?")


async def test_a_deleted_card_leaves_the_focus_on_the_next(
    visitor: Visitor, ada: Person, owner: Database
) -> None:
    older, newer = [await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED) for _ in range(2)]
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        opener = page.locator(f"#job-{newer} [data-delete]")

        await opener.click()
        await page.get_by_text("Keep it").click()
        await expect(opener).to_be_focused()
        await opener.click()
        await page.get_by_role("button", name="Delete job").click()

        await expect(page.locator(".toast")).to_have_text("The job and its files were deleted.")
        await expect(page.locator(f"#job-{newer}")).to_have_count(0)
        await expect(page.locator(f"#job-{older} h2 a")).to_be_focused()
        await expect(page.locator(".tabs [aria-current]")).to_have_text("All 1")


async def test_many_are_selected_and_cancelled(visitor: Visitor, ada: Person, owner: Database) -> None:
    for status in (JobStatus.QUEUED, JobStatus.QUEUED, JobStatus.COMPLETED):
        await make_bare_job(owner, ada.viewer, status)
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        await expect(page.get_by_role("button", name="Retry")).to_be_hidden()

        await page.get_by_label("Select all").check()
        await expect(page.locator("[data-count]")).to_have_text("3 selected")
        await page.locator(".selection").get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Cancel 2 jobs").click()

        await expect(page.locator(".toast")).to_have_text(
            "2 jobs were cancelled. 1 could not be and stays as it is."
        )
        await expect(page.locator(".card .badge.cancelled")).to_have_count(2)
        await expect(page.locator(".pick:checked")).to_have_count(0)
    query = "SELECT count(*) FROM jobs WHERE status = 'cancelled'"
    assert await fetch_value(owner, query) == 2


async def test_new_jobs_wait_behind_a_word(visitor: Visitor, ada: Person, owner: Database) -> None:
    first = await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)
    async with visitor.page(ada) as page:
        await page.goto("/jobs")
        await expect(page.locator("[data-live-text]")).to_have_text("Live")
        await page.evaluate("document.querySelector('#main').marked = true")
        second = await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)

        await page.evaluate("document.dispatchEvent(new CustomEvent('jobs:new', { detail: { count: 1 } }))")
        await expect(page.locator(".card")).to_have_count(1)
        await page.get_by_role("link", name="1 new job").click()

        await expect(page.locator(".card")).to_have_count(2)
        await expect(page.locator(".card").first).to_have_id(f"job-{second}")
        await expect(page.locator(f"#job-{first}")).to_be_visible()
        await expect(page.locator("[data-news]")).to_be_hidden()
        assert await page.evaluate("document.querySelector('#main').marked"), "the page was not loaded anew"


async def test_without_a_script_many_are_deleted_all_the_same(
    visitor: Visitor, ada: Person, owner: Database
) -> None:
    for _ in range(2):
        await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)
    async with visitor.page(ada, java_script_enabled=False) as page:
        await page.goto("/jobs?status=cancelled")

        for pick in await page.locator(".card .pick").all():
            await pick.check()
        await page.locator(".selection").get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Delete 2 jobs").click()

        await expect(page).to_have_url(re.compile(r"/jobs\?status=cancelled$"))
        await expect(page.locator(".toast")).to_have_text("2 jobs and their files were deleted.")
        await expect(page.get_by_text("No jobs yet")).to_be_visible()
