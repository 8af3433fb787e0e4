import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WRITE = """
import asyncio, sys
from pathlib import Path
from rushes.domain.media import Bucket
from rushes.storage.store import local_storage

async def chunks():
    yield b"content"

async def main():
    await local_storage(Path(sys.argv[1])).write(Bucket.OUTPUTS, "user/job/output.mp4", chunks())

asyncio.run(main())
"""


@pytest.fixture
def strace() -> str:
    program = shutil.which("strace")
    if program is None or subprocess.run([program, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not there or not allowed, so nobody sees what reaches the disk")
    return program


def test_write_is_on_the_disk_when_it_returns(strace: str, tmp_path: Path) -> None:
    store, trace = tmp_path / "store", tmp_path / "trace"
    calls = ["-f", "-y", "-e", "trace=fsync,rename,renameat2"]

    subprocess.run([strace, *calls, "-o", str(trace), sys.executable, "-c", WRITE, str(store)], check=True)

    text = trace.read_text()
    after_rename = text.partition('output.mp4")')[2]
    synced = re.findall(r"fsync\(\d+<([^>]+)>\) += 0", after_rename)
    folder = store / "outputs" / "user" / "job"
    assert synced[:2] == [str(folder / "output.mp4"), str(folder)]
    assert {str(folder.parent), str(store / "outputs"), str(store)} <= set(synced)
