"""The way of a customer and of the operator of his site: real server, database, worker and media."""

import asyncio
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.browsing import Visitor
from tests.browser.steps import (
    PASSWORD,
    SECONDS,
    WholeSite,
    fill_in,
    sign_in,
    sign_up,
    whole_site,
    write_samples,
)
from tests.outgoing.receiver import receiving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = "root@example.org"


async def make_operator(site: WholeSite) -> None:
    """Make the account of an administrator, as one does at the console."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rushes", "admin", "create-user", ROOT),
        *("--admin", "--password-stdin", "--home", str(site.home)),
        stdin=asyncio.subprocess.PIPE,
    )
    await process.communicate(f"{PASSWORD}\n".encode())
    assert process.returncode == 0


async def make_three(page: Page, samples: dict[str, Path]) -> None:
    """Make three at once, and one of them anew."""
    await fill_in(page, samples, title="Three of a kind")
    await page.get_by_text("×3", exact=True).click()
    await page.get_by_role("button", name="Generate").click()
    await expect(page.locator("#toasts")).to_contain_text("submitted")
    await page.goto("/workspace")
    group = page.get_by_role("article", name="Three of a kind")
    await expect(group).to_contain_text("3 of 3 done", timeout=180 * SECONDS)
    await group.locator(".member").nth(1).get_by_role("button", name="Rerun").click()
    await expect(group).to_contain_text("2 of 3 done")
    await expect(group.locator(".member")).to_have_count(3)
    await expect(group).to_contain_text("3 of 3 done", timeout=120 * SECONDS)


async def make_key(page: Page) -> None:
    """Make a key, which is shown once."""
    await page.goto("/settings/keys")
    await page.get_by_label("Name").fill("ci")
    await page.get_by_role("button", name="Create key").click()
    key = await page.get_by_label("Your new API key").last.input_value()
    await page.reload()
    await page.goto("/settings/keys")
    assert key.startswith("rsk_")
    assert key not in await page.content()


async def try_webhook(page: Page) -> None:
    """Add a webhook, send a test, and see that it arrived."""
    async with receiving() as receiver:
        await page.goto("/settings/webhooks/new")
        await page.get_by_label("Address").fill(receiver.url)
        await page.get_by_role("button", name="Add webhook").click()
        await page.get_by_role("button", name="Send a test").click()
        received = await receiver.next()
        assert "webhook-signature" in received.headers
        delivery = page.get_by_role("region", name="Deliveries").get_by_role("listitem")
        await expect(delivery.get_by_role("heading", name="webhook.test")).to_be_visible()


async def hold_up(operator: Page, page: Page, samples: dict[str, Path]) -> None:
    """Pause the lane: the customer's card says why it waits. Then let it go on."""
    await operator.goto("/admin/lanes")
    await operator.get_by_role("link", name="Pause cpu").click()
    await operator.get_by_role("alertdialog").get_by_role("button", name="Pause").click()
    await expect(operator.get_by_role("button", name="Resume cpu")).to_be_visible()
    await fill_in(page, samples, title="One that waits")
    await page.get_by_role("button", name="Generate").click()
    await page.get_by_role("link", name="Jobs", exact=True).click()
    card = page.get_by_role("article", name="One that waits")
    await expect(card).to_contain_text("Paused by the operator", timeout=60 * SECONDS)
    await operator.get_by_role("button", name="Resume cpu").click()
    await expect(card.locator(".badge")).to_contain_text("Completed", timeout=120 * SECONDS)


async def review(operator: Page) -> None:
    """Judge two outputs by keys, and take the second decision back."""
    await operator.goto("/admin/reviews")
    waiting = await operator.locator(".reviews h2").count()
    await operator.keyboard.press("a")
    await expect(operator.get_by_text("The output was approved.")).to_be_visible()
    await operator.keyboard.press("r")
    await expect(operator.get_by_text("The output was rejected.")).to_be_visible()
    await expect(operator.locator(".reviews h2")).to_have_count(waiting - 2)
    await operator.locator(".toast", has_text="rejected").get_by_role("button", name="Undo").click()
    await expect(operator.get_by_text("The output waits for a review again.")).to_be_visible()
    await expect(operator.locator(".reviews h2")).to_have_count(waiting - 1)


async def test_a_customer_and_an_operator_work_beside_each_other(chromium: Browser, tmp_path: Path) -> None:
    samples = write_samples(tmp_path)
    async with whole_site(RUSHES_WEBHOOKS_ALLOW_PRIVATE="true") as site:
        await make_operator(site)
        visitor = Visitor(chromium, site.address)
        async with visitor.page() as page, visitor.page() as operator:
            await sign_up(page)
            await sign_in(operator, email=ROOT, then="/admin")
            await make_three(page, samples)
            await make_key(page)
            await try_webhook(page)
            await hold_up(operator, page, samples)
            await review(operator)
