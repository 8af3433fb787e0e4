"""Stylesheets and scripts as they are sent."""

import gzip
import re

import httpx
import pytest

from rushes.web.pages.static import load_static

LIMITS = {"css": 10_000, "js": 15_000}
"""Bytes, compressed, of all stylesheets or scripts of the site together."""


@pytest.mark.parametrize("kind", ["css", "js"])
def test_the_whole_site_stays_within_its_budget(kind: str) -> None:
    files = load_static().files

    sizes = {path: len(file.compressed) for path, file in files.items() if path.startswith(f"{kind}/")}

    assert 1000 < sum(sizes.values()) <= LIMITS[kind], sizes


def test_what_is_for_the_authors_is_not_sent() -> None:
    styles = load_static().files["css/base.css"].plain.decode()

    assert "/*" not in styles
    assert "\n\n" not in styles
    assert ":focus-visible" in styles


async def test_files_are_sent_compressed_to_who_reads_that(client: httpx.AsyncClient) -> None:
    page = (await client.get("/login")).text
    address = re.search(r'href="(/static/\w+/css/base\.css)"', page)
    assert address is not None

    async with client.stream("GET", address[1], headers={"Accept-Encoding": "gzip"}) as answer:
        compressed = b"".join([chunk async for chunk in answer.aiter_raw()])
    plain = await client.get(address[1], headers={"Accept-Encoding": "identity"})

    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(compressed) == plain.content
    assert plain.headers["vary"] == "Accept-Encoding"
