"""The settings as a browser shows them."""

import pytest
from playwright.async_api import expect

from rushes.actions.accounts import create_api_key
from rushes.actions.webhooks import NewEndpoint, create
from rushes.db.pool import Database
from tests.browser.browsing import DESKTOP, PHONE, Theme, Visitor, sideways, violations
from tests.factories import make_job
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROWEST = 360
TABS = ("profile", "keys", "sessions", "webhooks", "webhooks/new", "credits", "limits", "appearance")
LONG = "https://93.184.215.14/" + "a-very-long-address/" * 20


@pytest.fixture
async def endpoint_path(ada: Person, owner: Database) -> str:
    """Ada has one of everything that is listed; this is the page of her webhook."""
    await create_api_key(owner, ada.viewer, name="A key with a long name 🦊 " * 4, expires_at=None)
    await make_job(owner, ada.viewer)
    new = NewEndpoint(url=LONG, events=["job.failed"], description=None)
    endpoint, _ = await create(owner, ada.viewer, new)
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO webhook_deliveries (id, endpoint_id, user_id, type, payload, status, tries, error) "
            "VALUES (gen_random_uuid(), $1, $2, 'job.failed', '{}', 'failed', 1, 'It answered 500.')",
            endpoint.id,
            ada.viewer.user_id,
        )
    return f"webhooks/{endpoint.id}"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_tab_is_for_everybody(
    visitor: Visitor, ada: Person, endpoint_path: str, theme: Theme
) -> None:
    found: list[str] = []
    async with visitor.page(ada, theme=theme) as page:
        for tab in (*TABS, endpoint_path, f"{endpoint_path}/delete"):
            await page.goto(f"/settings/{tab}")
            for width in (DESKTOP, PHONE):
                await page.set_viewport_size({"width": width, "height": 900})
                found.append(await violations(page))
            await page.set_viewport_size({"width": NARROWEST, "height": 900})
            found.append(f"{tab} is {wide} px too wide" if (wide := await sideways(page)) else "")

    assert [one for one in found if one] == []


async def test_a_key_is_copied_while_it_is_shown(visitor: Visitor, ada: Person) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    async with visitor.page(ada, permissions=permissions) as page:
        await page.goto("/settings/keys")
        await page.get_by_label("Name").fill("ci")
        await page.get_by_role("button", name="Create key").click()
        key = await page.get_by_label("Your new API key").last.input_value()
        await page.get_by_role("button", name="Copy").click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        await page.goto("/settings/keys")

        assert key.startswith("rsk_")
        assert copied == key
        assert key not in await page.content()


async def test_revoking_asks_first_and_keeps_the_key_when_told_to(
    visitor: Visitor, ada: Person, owner: Database
) -> None:
    await create_api_key(owner, ada.viewer, name="ci", expires_at=None)
    async with visitor.page(ada) as page:
        await page.goto("/settings/keys")
        await page.get_by_role("link", name="Revoke ci").click()
        dialog = page.get_by_role("alertdialog")
        await expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
        assert await violations(page) == ""
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("heading", name="ci")).to_be_visible()

        await page.get_by_role("link", name="Revoke ci").click()
        await dialog.get_by_role("button", name="Revoke key").click()

        await expect(page.get_by_text("The API key was revoked.")).to_be_visible()
        await expect(page.get_by_text("No key yet.")).to_be_visible()


async def test_choices_of_this_browser_are_kept(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada, permissions=["notifications"]) as page:
        await page.goto("/settings/appearance")
        hover = page.get_by_label("Play a preview")
        notify = page.get_by_label("Tell me when a job ends")
        await expect(hover).to_be_checked()
        await expect(notify).not_to_be_checked()
        await hover.uncheck()
        await notify.check()
        await page.get_by_role("radio", name="Dark").check()
        await page.get_by_role("button", name="Save theme").click()

        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(hover).not_to_be_checked()
        await expect(notify).to_be_checked()
