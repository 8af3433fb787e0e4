"""A whole site as an operator starts it, and a person who uses it over HTTP."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import psutil

READY = "Rushes is ready: "
FINAL = {"completed", "failed", "cancelled"}
LEASE_SECONDS = 5


@contextmanager
def home() -> Any:
    """A folder that the low account of the database can reach; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="rushes journey ", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def rushes(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command of ours; whatever is left of it and its children is killed at the end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUSHES_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rushes", *arguments),
        stdout=asyncio.subprocess.PIPE,
        env=kept | {"RUSHES_WORKER_LEASE_SECONDS": str(LEASE_SECONDS)} | environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def address_of(process: asyncio.subprocess.Process) -> str:
    """The address that `rushes up` prints once it is ready."""
    assert process.stdout is not None
    async with asyncio.timeout(120):
        while line := (await process.stdout.readline()).decode():
            if line.startswith(READY):
                return line.removeprefix(READY).strip()
    raise AssertionError("the site ended before it was ready")


async def kill_and_bury(process: asyncio.subprocess.Process) -> None:
    """Kill the command with -9, and wait until every process that it had started is gone."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    await process.wait()
    _, alive = await asyncio.to_thread(psutil.wait_procs, children, timeout=60)
    assert alive == []


@dataclass
class Person:
    """Somebody with an account."""

    client: httpx.AsyncClient

    async def upload(self, role: str, name: str, content: bytes | None = None) -> httpx.Response:
        """Upload a file, one of the samples unless its content is given."""
        if content is None:
            content = files("rushes.samples").joinpath(name).read_bytes()
        return await self.client.post("/api/v1/assets", data={"role": role}, files={"file": (name, content)})

    async def submit_sample(self, **options: Any) -> str:
        """Upload both samples and submit a job; return its id."""
        reference = (await self.upload("reference", "reference.png")).json()["id"]
        motion = (await self.upload("motion", "motion.mp4")).json()["id"]
        answer = await self.client.post(
            "/api/v1/jobs",
            json={
                "job_type": "base",
                "inputs": {"reference": reference, "motion": motion},
                "options": options,
            },
        )
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    async def job(self, job_id: str) -> dict[str, Any]:
        """The job as it stands now."""
        answer = await self.client.get(f"/api/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def follow(self, job_id: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """What the job's stream says: the name and data of each event."""
        async with self.client.stream("GET", f"/api/v1/jobs/{job_id}/events") as stream:
            name = ""
            async for line in stream.aiter_lines():
                if line.startswith("event:"):
                    name = line.removeprefix("event:").strip()
                elif line.startswith("data:"):
                    yield name, json.loads(line.removeprefix("data:"))

    async def until_final(self, job_id: str) -> dict[str, Any]:
        """Follow the job to its end, and return it."""
        async with asyncio.timeout(180):
            async for _ in self.follow(job_id):
                pass
        return await self.job(job_id)


@asynccontextmanager
async def person(address: str, *, register: bool = True) -> AsyncIterator[Person]:
    """Sign somebody up, unless he has an account already, and in."""
    credentials = {"email": "ada@example.org", "password": "correct horse battery"}
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        if register:
            answer = await client.post("/api/v1/auth/register", json=credentials)
            assert answer.status_code == 201, answer.text
        answer = await client.post("/api/v1/auth/login", json=credentials)
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        yield Person(client)
