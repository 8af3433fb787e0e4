"""Every dialog, and what pages show besides what they are for, judged in both themes and at every width."""

import re
from collections.abc import Awaitable, Callable, Mapping

import pytest
from playwright.async_api import Page, expect

from rushes.actions.accounts import create_api_key
from rushes.actions.webhooks import NewEndpoint, create
from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.storage.store import Storage
from tests.browser.browsing import DESKTOP, PHONE, Theme, Visitor, judge, sideways
from tests.browser.shown import make_shown_job, store_files
from tests.factories import make_bare_job
from tests.web.people import Person, make_queued_job
from tests.web.test_admin_lanes import start_worker

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Act = Callable[[Page], Awaitable[object]]

THEMES: tuple[Theme, ...] = ("light", "dark")
NARROWEST = 360
UNKNOWN = "/jobs/00000000-0000-0000-0000-000000000000"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
QUESTIONS = "[...document.querySelectorAll('main a[data-dialog]')].map((one) => one.getAttribute('href'))"


async def faults(page: Page, name: str) -> list[str]:
    """What is wrong with a page as it stands, in any look."""
    found: list[str] = []
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        for width in (DESKTOP, PHONE):
            await page.set_viewport_size({"width": width, "height": 844})
            if said := await judge(page):
                found.append(f"{name}, {theme}, {width}: {said}")
    await page.set_viewport_size({"width": NARROWEST, "height": 844})
    if too_wide := await sideways(page):
        found.append(f"{name}, {NARROWEST}: {too_wide} px too wide")
    return found


def kind_of(href: str) -> str:
    """An address without what is particular to one thing."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/lanes/)[^/]+", "*", href)


async def faults_of_dialogs(page: Page, paths: list[str]) -> tuple[list[str], set[str]]:
    """Open each kind of dialog that links on pages open, and its page; return the faults, and the kinds."""
    found: list[str] = []
    seen: set[str] = set()
    for path in paths:
        await page.goto(path)
        for href in await page.evaluate(QUESTIONS):
            link = page.locator(f'main a[data-dialog][href="{href}"]').first
            if kind_of(href) in seen or not await link.is_visible():
                continue
            seen.add(kind_of(href))
            await link.click()
            await expect(page.locator("dialog[open]")).to_be_visible()
            found += await faults(page, f"dialog {kind_of(href)}")
            await page.goto(href)
            found += await faults(page, f"page {kind_of(href)}")
            await page.goto(path)
            await page.set_viewport_size({"width": DESKTOP, "height": 900})
    return found, seen


async def faults_of(page: Page, states: Mapping[str, tuple[str, Act | None]]) -> list[str]:
    """What is wrong on pages after something was done on each."""
    found: list[str] = []
    for name, (path, act) in states.items():
        await page.set_viewport_size({"width": DESKTOP, "height": 900})
        await page.goto(path)
        if act is not None:
            await act(page)
        found += await faults(page, name)
    return found


async def select_and_delete(page: Page) -> None:
    await page.locator(".card .pick").first.check()
    await page.locator(".selection").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("alertdialog")).to_be_visible()


async def copy_without_a_clipboard(page: Page) -> None:
    await page.locator("[data-copy-link]").click()
    await expect(page.locator("dialog input")).to_be_focused()


async def give_a_star(page: Page) -> None:
    await page.get_by_role("button", name="Star A fox").click()
    await expect(page.get_by_role("button", name="Star A fox")).to_have_attribute("aria-pressed", "true")


async def ask_for_keys(page: Page) -> None:
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


async def make_key(page: Page) -> None:
    await page.get_by_label("Name").fill("ci")
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_label("Your new API key").last).to_be_visible()


async def make_endpoint(person: Person, owner: Database) -> str:
    """The page of a webhook of hers."""
    new = NewEndpoint(url="https://93.184.215.14/hook", events=["job.failed"], description=None)
    endpoint, _ = await create(owner, person.viewer, new)
    return f"/settings/webhooks/{endpoint.id}"


async def test_what_is_empty_and_what_is_missing_is_for_everybody(visitor: Visitor, ada: Person) -> None:
    pages = ("/jobs", "/library", "/workspace", "/settings/keys", "/settings/webhooks", UNKNOWN)

    async with visitor.page(ada, allowed=("404",)) as page:
        found = await faults_of(page, {path: (path, None) for path in pages})

    assert found == []


async def test_a_card_is_for_everybody_in_every_state(visitor: Visitor, ada: Person, owner: Database) -> None:
    for status in JobStatus:
        await make_bare_job(owner, ada.viewer, status)

    async with visitor.page(ada) as page:
        found = await faults_of(page, {"every state": ("/jobs", None)})
        words = await page.locator(".card .badge").all_inner_texts()

    assert found == []
    assert sorted(words) == sorted(status.capitalize() for status in JobStatus)


async def test_what_a_click_shows_is_for_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada, prompt="A fox")
    await store_files(owner, storage, await make_queued_job(owner, ada))
    states: dict[str, tuple[str, Act | None]] = {
        "keys": ("/jobs", ask_for_keys),
        "question about selected jobs": ("/jobs", select_and_delete),
        "link to copy by hand": ("/jobs", copy_without_a_clipboard),
        "star": ("/library", give_a_star),
        "key shown once": ("/settings/keys", make_key),
    }

    async with visitor.page(ada) as page:
        await page.add_init_script(NO_CLIPBOARD)
        found = await faults_of(page, states)

    assert found == []


async def test_every_dialog_of_a_customer_is_for_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada, prompt="A fox")
    await store_files(owner, storage, await make_queued_job(owner, ada))
    await create_api_key(owner, ada.viewer, name="ci", expires_at=None)
    project = (await ada.post("/projects", {"name": "Foxes"})).json()["id"]
    session = (await ada.post("/sessions", {"name": "Tuesday"})).json()["id"]
    paths = ["/jobs", f"/jobs/{job.id}", "/library", f"/library?project={project}", "/settings/keys"]
    paths += ["/workspace", f"/workspace?session={session}", await make_endpoint(ada, owner)]

    async with visitor.page(ada) as page:
        found, seen = await faults_of_dialogs(page, paths)

    assert found == []
    assert seen == {
        "/jobs/*",
        "/jobs/*/delete",
        "/library/projects/*/delete",
        "/library/projects/*/rename",
        "/library/projects/new",
        "/settings/keys/*/revoke",
        "/settings/webhooks/*/delete",
        "/settings/webhooks/*/rotate",
        "/workspace/sessions/*/delete",
        "/workspace/sessions/*/rename",
        "/workspace/sessions/new",
    }


async def test_every_dialog_of_an_administrator_is_for_everybody(
    visitor: Visitor, admin: Person, ada: Person, owner: Database, work: Database
) -> None:
    await start_worker(work)
    job = await make_queued_job(owner, ada)
    paths = ["/admin/lanes", "/admin/workers", f"/admin/users/{ada.viewer.user_id}", f"/admin/jobs/{job.id}"]

    async with visitor.page(admin) as page:
        found, seen = await faults_of_dialogs(page, paths)

    assert found == []
    assert seen == {
        "/admin/lanes/*/pause",
        "/admin/workers/*/drain",
        "/admin/users/*/disable",
        "/admin/jobs/*/cancel",
    }


async def test_a_shared_video_and_its_end_are_for_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada, prompt="A fox")
    await ada.post(f"/jobs/{job.id}/share")
    address = f"/v/{job.short_id}"

    async with visitor.page(ada, allowed=("410",)) as page:
        found = await faults_of(page, {"own share page": (address, None)})
    async with visitor.page(allowed=("410",)) as page:
        found += await faults_of(page, {"shared": (address, None), "report": (f"{address}/report", None)})
        await page.goto(f"{address}/report")
        await page.get_by_role("radio").first.check()
        await page.get_by_role("button", name="Report").click()
        await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        found += await faults(page, "reported")
        await ada.delete(f"/jobs/{job.id}/share")
        found += await faults_of(page, {"taken back": (address, None)})

    assert found == []
