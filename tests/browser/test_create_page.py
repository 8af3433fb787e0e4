"""The page for a new job as somebody uses it; no worker checks the files, so no job runs."""

import base64
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from rushes.db.pool import Database
from rushes.storage.store import Storage
from rushes.web.credentials import COOKIE
from tests.browser.browsing import DESKTOP, PHONE, Visitor, sideways, violations
from tests.browser.shown import make_shown_job
from tests.factories import make_painter, make_post_model
from tests.web.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DROP = """(zone, [text, name, type]) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const dropped = new DataTransfer();
    dropped.items.add(new File([bytes], name, { type }));
    zone.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""
COPY = """async (text) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const picture = new Blob([bytes], { type: "image/png" });
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}"""
NARROWEST = 360
PICTURE, FILM = ("reference", "reference.png", "image/png"), ("motion", "motion.mp4", "video/mp4")
UPLOADS = "**/api/v1/assets*"
OUTPUT_FILES = "**/jobs/*/media/output"
HOLD_FRAMES = """
    const toBlob = HTMLCanvasElement.prototype.toBlob;
    HTMLCanvasElement.prototype.toBlob = function (done) {
        toBlob.call(this, (blob) => {
            globalThis.finish = () => done(blob);
            document.body.dataset.held = "yes";
        });
    };
"""
"""A picture of a canvas comes when `finish` is called."""
ANOTHER_PAINTER = """
    INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds)
    SELECT 'etcher', 'Etcher', engine, lane, job_types, price, 60 FROM models WHERE slug = 'painter'
"""


async def drop(page: Page, role: str, name: str, media_type: str, content: bytes | None = None) -> None:
    """Drop a file into a zone; one of the samples unless its content is given."""
    content = files("rushes.samples").joinpath(name).read_bytes() if content is None else content
    named = [base64.b64encode(content).decode(), name, media_type]
    await page.locator(f'[data-zone="{role}"]').evaluate(DROP, named)


async def fill_zones(page: Page) -> None:
    """Drop both samples and wait until they were sent."""
    await drop(page, *PICTURE)
    await drop(page, *FILM)
    await expect(page.locator("[data-remove]:visible")).to_have_count(2)


async def become(page: Page, person: Person) -> None:
    """Be signed in as somebody else in the same browser."""
    await page.context.add_cookies([{"name": COOKIE, "value": person.token, "url": page.url}])


async def submit_anew(page: Page, count: int) -> None:
    """Submit the form as it stands; it is the job of this number."""
    await page.locator("[data-create] [type=submit]").click()
    await expect(page.locator(".toast", has_text="The job was submitted.")).to_have_count(count)


def hold(_route: Route) -> None:
    """Leave a request unanswered."""


async def list_jobs(person: Person) -> list[dict[str, Any]]:
    """The person's jobs, newest first."""
    return (await person.get("/jobs")).json()["jobs"]


async def test_dropped_files_become_a_job_and_stay_for_the_next(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada) as page:
        await page.goto("/create")
        await fill_zones(page)
        await expect(page.locator('[data-zone="reference"] img[src^="blob:"]')).to_be_visible()
        await expect(page.locator('[data-zone="motion"] video[src^="blob:"]')).to_be_visible()
        generate = page.locator("[data-create] [type=submit]")
        await expect(generate).to_have_text("Generate · 300 credits")

        await page.select_option("#options\\.resolution", "720p")
        await expect(generate).to_have_text("Generate · 600 credits")
        await generate.dblclick()

        await expect(page.locator(".toast", has_text="The job was submitted.")).to_have_count(1)
        (job,) = await list_jobs(ada)
        await expect(page.locator(f'.toast a[href="/jobs/{job["id"]}"]')).to_be_visible()
        assert (job["options"]["resolution"], job["price"]) == ("720p", 600)
        await expect(page.locator(".balance")).to_have_text("9,400 credits")
        await generate.click()
        await expect(page.locator(".toast", has_text="The job was submitted.")).to_have_count(2)
        assert len(await list_jobs(ada)) == 2


async def test_a_pasted_picture_becomes_the_reference(visitor: Visitor, ada: Person) -> None:
    picture = base64.b64encode(files("rushes.samples").joinpath("reference.png").read_bytes()).decode()
    async with visitor.page(ada, permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.goto("/create")
        zone = page.locator('[data-zone="reference"]')
        await page.evaluate(COPY, picture)

        await page.locator("#prompt").press("Control+v")

        await expect(zone.locator('img[src^="blob:"]')).to_be_visible()
        await expect(zone.locator("[type=hidden]")).not_to_have_value("")
        await expect(page.locator('[data-zone="motion"] [type=hidden]')).to_have_value("")
        await expect(page.locator("#prompt")).to_have_value("")


async def test_a_locked_seed_stays_for_the_next_job(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada) as page:
        await page.goto("/create")
        await fill_zones(page)
        await page.get_by_text("Advanced").click()
        await page.get_by_role("button", name="Keep this seed").click()
        seed = int(await page.get_by_label("Seed", exact=True).input_value())

        await submit_anew(page, 1)
        await submit_anew(page, 2)
        await page.get_by_text("Advanced").click()
        await expect(page.get_by_role("button", name="Keep this seed", pressed=True)).to_be_visible()
        await page.get_by_role("button", name="Keep this seed").click()
        await expect(page.get_by_label("Seed", exact=True)).to_have_value("")
        await submit_anew(page, 3)

        seeds = [job["options"]["advanced"]["seed"] for job in await list_jobs(ada)]
        assert seeds == [None, seed, seed]


async def test_what_was_dropped_fits_on_the_narrowest_phone(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada, width=NARROWEST) as page:
        await page.goto("/create")
        picture = files("rushes.samples").joinpath("reference.png").read_bytes()

        await drop(page, "reference", f"{'a_long_name' * 20}.png", "image/png", picture)
        await drop(page, *FILM)
        await expect(page.locator("[data-remove]:visible")).to_have_count(2)
        await drop(page, "motion", f"{'words' * 40}.txt", "text/plain", b"words")
        await expect(page.locator('[data-zone="motion"] .problem')).to_be_visible()

        assert await sideways(page) == 0
        assert await violations(page) == ""


async def test_an_upload_shows_how_far_it_is_and_can_be_stopped(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada, allowed=("ERR_FAILED",)) as page:
        await page.route(UPLOADS, hold)
        await page.goto("/create")
        zone = page.locator('[data-zone="reference"]')

        await drop(page, *PICTURE)
        await expect(zone.get_by_role("progressbar", name="Upload of the reference image")).to_be_visible()
        await page.locator("[data-create] [type=submit]").click()
        await expect(page.locator(".toast")).to_have_text("The files are still on their way.")
        await zone.get_by_role("button", name="Cancel").click()
        await expect(zone.locator("[data-preview]")).to_be_empty()

        await page.unroute(UPLOADS)
        await page.route(UPLOADS, lambda route: route.abort())
        await drop(page, *PICTURE)
        await expect(zone.locator(".problem")).to_have_text("The connection was lost.")
        await page.unroute(UPLOADS)
        await zone.get_by_role("button", name="Try again").click()
        await expect(zone.locator("[type=hidden]")).not_to_have_value("")
        await expect(zone.locator(".problem")).to_have_count(0)


async def test_an_upload_that_something_else_refuses_can_be_sent_again(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada, allowed=("502",)) as page:
        await page.route(UPLOADS, lambda route: route.fulfill(status=502, json={"error": "bad gateway"}))
        await page.goto("/create")
        zone = page.locator('[data-zone="reference"]')

        await drop(page, *PICTURE)
        await expect(zone.locator(".problem")).to_have_text("It could not be sent.")
        await page.unroute(UPLOADS)
        await zone.get_by_role("button", name="Try again").click()

        await expect(zone.locator("[type=hidden]")).not_to_have_value("")


async def test_what_does_not_fit_is_refused_before_it_is_sent(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada) as page:
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request) if "/assets" in request.url else None)
        await page.goto("/create")
        reference, motion = page.locator('[data-zone="reference"]'), page.locator('[data-zone="motion"]')

        await drop(page, "motion", "words.txt", "text/plain", b"words")
        await expect(motion.locator(".problem")).to_contain_text("words.txt does not fit. Use MP4, MOV")
        await reference.evaluate("(zone) => { zone.dataset.bytes = 10; }")
        await drop(page, *PICTURE)
        await expect(reference.locator(".problem")).to_contain_text("reference.png does not fit.")
        await motion.evaluate("(zone) => { zone.dataset.seconds = 0.1; }")
        await drop(page, *FILM)
        await expect(motion.locator(".problem")).to_contain_text("motion.mp4 lasts")

        assert sent == []


async def test_words_are_kept_until_they_were_sent(visitor: Visitor, ada: Person, owner: Database) -> None:
    await make_painter(owner)
    async with visitor.page(ada) as page:
        await page.goto("/create?type=image")
        await page.fill("#prompt", "A fox 🦊 in the snow")

        await page.reload()
        await expect(page.locator("#prompt")).to_have_value("A fox 🦊 in the snow")
        await page.locator("#prompt").press("Control+Enter")
        await expect(page.locator(".toast")).to_contain_text("The job was submitted.")
        await page.reload()

        await expect(page.locator("#prompt")).to_have_value("")
        (job,) = await list_jobs(ada)
        assert job["prompt"] == "A fox 🦊 in the snow"


async def test_words_are_kept_for_who_wrote_them_alone(
    visitor: Visitor, ada: Person, admin: Person, owner: Database
) -> None:
    await make_painter(owner)
    async with visitor.page(ada) as page:
        await page.goto("/create?type=image")
        await page.fill("#prompt", "A secret fox")

        await become(page, admin)
        await page.reload()
        await expect(page.locator("[data-counter]")).to_have_text("0 used.")
        await expect(page.locator("#prompt")).to_have_value("")
        await page.fill("#prompt", "A public hen")

        await become(page, ada)
        await page.reload()
        await expect(page.locator("#prompt")).to_have_value("A secret fox")


async def test_wrong_fields_are_named_without_leaving_the_page(visitor: Visitor, ada: Person) -> None:
    async with visitor.page(ada, allowed=("422",)) as page:
        await page.goto("/create")
        await drop(page, *PICTURE)
        await expect(page.locator("[data-remove]:visible")).to_have_count(1)
        await page.get_by_text("Advanced").click()
        await page.fill("#options\\.advanced\\.inference_steps", "99")
        await page.get_by_text("Advanced").click()

        await page.locator("[data-create] [type=submit]").click()

        motion = page.locator('[data-zone="motion"]')
        await expect(motion.locator(".problem")).to_have_text("Choose a file.")
        await expect(motion.locator("[type=file]")).to_be_focused()
        steps = page.locator('[data-field="options.advanced.inference_steps"]')
        await expect(steps.locator(".problem")).to_be_visible()
        await expect(page.locator('[data-zone="reference"] [type=hidden]')).not_to_have_value("")


async def test_files_are_picked_from_those_that_are_there(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.goto("/create")
        zone = page.locator('[data-zone="reference"]')

        await zone.get_by_role("link", name="From your files").click()
        link = page.locator("dialog [data-pick]")
        picked = await link.get_attribute("data-id")
        await link.click()

        await expect(page.locator("dialog")).to_have_count(0)
        await expect(zone.locator("[type=hidden]")).to_have_value(picked or "")
        await expect(zone.locator("img")).to_be_visible()


async def test_the_last_frame_of_a_film_is_taken(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.goto(f"/create?from={job.id}&as=last_frame")

        zone = page.locator('[data-zone="reference"]')
        await expect(zone.locator("[data-name]")).to_have_text("last-frame.png")
        await expect(zone.locator("[type=hidden]")).not_to_have_value("")


async def test_a_frame_that_comes_late_leaves_the_file_that_was_chosen(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada) as page:
        await page.add_init_script(HOLD_FRAMES)
        await page.goto(f"/create?from={job.id}&as=last_frame")
        await expect(page.locator("body[data-held]")).to_have_count(1)

        await drop(page, *PICTURE)
        await page.evaluate("globalThis.finish()")

        await expect(page.locator('[data-zone="reference"] [data-name]')).to_have_text("reference.png")
        await expect(page.locator('[data-zone="reference"] [type=hidden]')).not_to_have_value("")


async def test_a_film_that_cannot_be_loaded_is_told(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    job = await make_shown_job(owner, work, storage, ada)
    async with visitor.page(ada, allowed=("ERR_FAILED",)) as page:
        await page.route(OUTPUT_FILES, lambda route: route.abort())
        await page.goto(f"/create?from={job.id}&as=last_frame")

        zone = page.locator('[data-zone="reference"]')
        await expect(zone.locator(".problem")).to_contain_text("The last frame could not be taken.")
        await expect(zone.locator("[data-preview]")).to_be_empty()


async def test_the_form_is_shown_to_everybody(
    visitor: Visitor, ada: Person, owner: Database, work: Database, storage: Storage
) -> None:
    await make_painter(owner)
    await make_post_model(owner)
    job = await make_shown_job(owner, work, storage, ada, prompt="A fox 🦊 " * 120)
    found: list[Any] = []
    for theme in ("light", "dark"):
        for width in (DESKTOP, PHONE):
            async with visitor.page(ada, width=width, theme=theme) as page:
                await page.goto(f"/create?from={job.id}")
                await page.get_by_text("Advanced").click()
                found += [await violations(page), await sideways(page)]
                await page.goto(f"/create?from={job.id}&as=subtitles")
                await page.get_by_role("link", name="From your files").first.click()
                await expect(page.locator("dialog[open]")).to_be_visible()
                found.append(await violations(page))
                await page.set_viewport_size({"width": 360, "height": 700})
                found.append(await sideways(page))

        async with visitor.page(ada, theme=theme) as page:
            await page.goto("/create?type=upscale")
            found.append(await violations(page))

    assert [one for one in found if one] == []


async def test_another_model_keeps_what_was_chosen(visitor: Visitor, ada: Person, owner: Database) -> None:
    await make_painter(owner)
    async with owner.transaction() as tx:
        await tx.execute(ANOTHER_PAINTER)

    async with visitor.page(ada) as page:
        await page.goto("/create?type=image&model=painter")
        await page.get_by_label("Resolution").select_option("720p")
        async with page.expect_response("**/create?type=image&model=etcher"):
            await page.get_by_text("Etcher", exact=True).click()

        await expect(page.get_by_label("Resolution")).to_have_value("720p")
