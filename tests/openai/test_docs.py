import asyncio
import contextlib
import io
import re
from pathlib import Path
from typing import Any

from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.media import AssetRole
from tests.factories import PNG, make_asset
from tests.openai.site import FILM, Maker
from tests.outgoing.receiver import Reply, receiving

PAGE = (Path(__file__).parents[2] / "docs/how-to/openai-sdk.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

ADD_ANIMATIC = """
    INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds)
    SELECT 'animatic', 'Animatic', 'no-op', lane, '{text_to_video,image}', price, 60
    FROM models WHERE slug = 'motion'
    ON CONFLICT (slug) DO UPDATE SET engine = 'no-op', lane = EXCLUDED.lane, enabled = true,
        job_types = EXCLUDED.job_types, price = EXCLUDED.price
"""
ADD_MOTION = "UPDATE models SET engine = 'no-op' WHERE slug = 'motion'"


def run_page(folder: Path, replaced: dict[str, str], names: dict[str, Any]) -> str:
    """Run every block of the page in one go; return what it prints."""
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        for block in BLOCKS:
            code = block
            for old, new in replaced.items():
                code = code.replace(old, new)
            exec(code, names)
    return printed.getvalue()


async def test_the_page_does_what_it_says(
    url: str, key: str, owner: Database, viewer: Viewer, worker: Maker, tmp_path: Path
) -> None:
    async with owner.transaction() as tx:
        await tx.execute(ADD_ANIMATIC)
        await tx.execute(ADD_MOTION)
    film = await make_asset(owner, viewer, role=AssetRole.MOTION)
    (tmp_path / "fox.png").write_bytes(PNG)

    async with receiving(Reply(body=PNG)) as receiver:
        printed = await asyncio.to_thread(
            run_page,
            tmp_path,
            {
                "http://127.0.0.1:8000": url,
                "rsk_…": key,
                "https://example.org/fox.png": receiver.url,
                "0199c0de-0000-7000-8000-000000000000": str(film),
            },
            {},
        )

    assert (tmp_path / "fox.mp4").read_bytes() == FILM
    assert (tmp_path / "fox-1.png").read_bytes() == PNG
    assert "video_" in printed
