"""How soon the first card of the Jobs page is seen, on this machine and on a slow phone with a slow network.

    python -m benchmarks.first_card [--rounds 5]

It fills a demo, which takes some minutes, and opens its Jobs page (20 cards) in Chromium, each time with
nothing cached. The time runs from the begin of the navigation to the frame in which the first card stands;
beside it, until the picture of its output is there too. The slow way is DevTools' own throttling: 1.6 Mb/s
and 150 ms for each answer, and a processor at a quarter of its speed.
"""

import statistics
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.arguments import parser_of
from benchmarks.limits import Limits
from scripts.demo_site import CHROMIUM, Site, demo, sign_in

CARDS = 20

WATCH = """
const note = (name) => requestAnimationFrame(() => requestAnimationFrame(() => {
    window[name] ??= performance.now(); // the frame after the one that draws it
}));
new MutationObserver(() => {
    const card = document.querySelector("main article");
    if (card) note("cardAt");
    const picture = card?.querySelector(".tile.output img");
    if (picture?.complete && picture.naturalWidth) note("pictureAt");
    else picture?.addEventListener("load", () => note("pictureAt"), {once: true});
}).observe(document, {childList: true, subtree: true});
"""

SEEN = """() => new Promise((resolve) => {
    const look = () => (window.cardAt && window.pictureAt
        ? resolve([window.cardAt, window.pictureAt])
        : requestAnimationFrame(look));
    look();
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a person looks at the page, and how soon the first card has to be there, in seconds."""

    name: str
    limit: float
    bits_per_second: float | None = None
    latency_ms: float = 0.0
    slowdown: float = 1.0


WAYS = (
    Way(name="this machine", limit=0.5),
    Way(name="slow phone", limit=1.6, bits_per_second=1.6e6, latency_ms=150, slowdown=4),
)


def open_page(browser: Browser, site: Site, state: Any, way: Way) -> tuple[float, float]:
    """Open the Jobs page with nothing cached; return the seconds to the first card, and to its picture."""
    context = browser.new_context(
        base_url=site.address, viewport={"width": 1440, "height": 900}, storage_state=state
    )
    page = context.new_page()
    throttle(context, page, way)
    page.add_init_script(WATCH)
    page.goto("/jobs?status=completed", wait_until="commit")
    card, picture = page.evaluate(SEEN)
    page.wait_for_load_state()  # the first card stands before the last has been read
    cards = page.locator("main article").count()
    assert cards == CARDS, f"{cards} cards instead of {CARDS}"
    context.close()
    return card / 1000, picture / 1000


def throttle(context: BrowserContext, page: Any, way: Way) -> None:
    """Slow a page down as its way says."""
    tools = context.new_cdp_session(page)
    if way.bits_per_second is not None:
        bytes_per_second = way.bits_per_second / 8
        tools.send("Network.enable")
        tools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": way.latency_ms,
                "downloadThroughput": bytes_per_second,
                "uploadThroughput": bytes_per_second,
            },
        )
    tools.send("Emulation.setCPUThrottlingRate", {"rate": way.slowdown})


def signed_in(browser: Browser, site: Site) -> Any:
    """Return the cookies of somebody who has signed in."""
    context = browser.new_context(base_url=site.address)
    sign_in(context.new_page(), site, then="/jobs")
    state = context.storage_state()
    context.close()
    return state


def main() -> None:
    """Look at the page in turn by each way, print the medians beside their limits, and fail beyond one."""
    parser = parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    seen: dict[str, list[tuple[float, float]]] = {way.name: [] for way in WAYS}
    with demo() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        state = signed_in(browser, site)
        for number in range(1, rounds + 1):
            for way in WAYS:
                seen[way.name].append(open_page(browser, site, state, way))
            print(
                f"round {number}: "
                + "   ".join(
                    f"{name} {of[-1][0]:.2f} s, picture {of[-1][1]:.2f} s" for name, of in seen.items()
                )
            )
        browser.close()
    limits = Limits()
    for way in WAYS:
        card = statistics.median(one for one, _ in seen[way.name])
        picture = statistics.median(one for _, one in seen[way.name])
        print(
            f"{way.name}: first card {card:.2f} s of {way.limit:g} s allowed ({card / way.limit:.2f}), "
            f"with its picture {picture:.2f} s"
        )
        limits.at_most(f"{way.name}, in seconds", card, limit=way.limit)
    limits.end()


if __name__ == "__main__":
    main()
