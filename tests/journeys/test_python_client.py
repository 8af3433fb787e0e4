import asyncio
import io
import os
import re
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import av
import pytest

from rushes.client import AsyncRushes
from rushes.domain.jobs import JobStatus
from tests.journeys.site import address_of, home, rushes

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "python-client.md"
BLOCKS = re.findall(r"^```python\n(.+?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
WHO = {"email": "ada@example.org", "password": "correct horse battery"}


def seconds_of(film: bytes) -> float:
    """How long a film is."""
    with av.open(io.BytesIO(film)) as container:
        stream = container.streams.video[0]
        return float(stream.duration * stream.time_base)


def run_page(address: str, key: str, folder: Path) -> str:
    """Make a film without an event loop, as the page on the client does it; return what that prints."""
    (block,) = [code for code in BLOCKS if "rushes.wait(" in code]
    for name in ("reference.png", "motion.mp4"):
        (folder / name).write_bytes((files("rushes.samples") / name).read_bytes())
    ended = subprocess.run(
        [sys.executable, "-c", block],
        cwd=folder,
        env=os.environ | {"RUSHES_URL": address, "RUSHES_API_KEY": key, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def test_a_program_gets_its_film_with_and_without_an_event_loop(tmp_path: Path) -> None:
    with (
        home() as folder,
        as_file(files("rushes.samples") / "reference.png") as picture,
        as_file(files("rushes.samples") / "motion.mp4") as motion,
    ):
        async with rushes("up", "--home", str(folder), "--port", "0") as site:
            address = await address_of(site)
            async with AsyncRushes(address, api_key="", trust_env=False) as nobody:
                await nobody.register(**WHO)
                token = (await nobody.login(**WHO)).token
            async with AsyncRushes(address, api_key=token, trust_env=False) as client:
                steps: list[int] = []
                job = await client.submit("base", inputs={"reference": picture, "motion": motion})
                job = await client.wait(job, on_event=lambda event: steps.append(event.job.progress))
                film = await client.download(job, tmp_path)
            printed = await asyncio.to_thread(run_page, address, token, tmp_path)

    assert job.status is JobStatus.COMPLETED
    assert printed.endswith("film.mp4\n")
    assert any(0 < step < 100 for step in steps)
    assert film.suffix == ".mp4"
    assert seconds_of(film.read_bytes()) == pytest.approx(3.0, abs=0.05)
    assert seconds_of((tmp_path / "film.mp4").read_bytes()) == pytest.approx(3.0, abs=0.05)
